import { Entity } from 'typeorm';
import type { Id } from '../../../domain/entity.js';
import type { BlobContext, BlobOwnerKind, KeyBlob } from '../../../domain/key-blob.js';
import { Bytes, BytesOrNull, JsonOrNull, Text } from '../columns.js';
import { TrackedRow } from './tracked.js';

@Entity('key_blob')
export class KeyBlobRow extends TrackedRow implements KeyBlob {
  @Text()
  ownerKind!: BlobOwnerKind;

  @Text()
  ownerId!: Id;

  @JsonOrNull()
  context!: BlobContext | null;

  @Bytes()
  blob!: Uint8Array;

  @Text()
  masterKeyId!: string;

  @BytesOrNull()
  publicKey!: Uint8Array | null;
}
