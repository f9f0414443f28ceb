/** Key use. These are mutations because they run one after the other and a client must not repeat them by itself. */
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { decrypt } from '../../../services/crypto/decrypt.js';
import { encrypt } from '../../../services/crypto/encrypt.js';
import { generateMac } from '../../../services/crypto/generate-mac.js';
import { generateRandom } from '../../../services/crypto/generate-random.js';
import { rewrapKey } from '../../../services/crypto/rewrap-key.js';
import { sign } from '../../../services/crypto/sign.js';
import { unwrapKey } from '../../../services/crypto/unwrap-key.js';
import { verify } from '../../../services/crypto/verify.js';
import { verifyMac } from '../../../services/crypto/verify-mac.js';
import { wrapKey } from '../../../services/crypto/wrap-key.js';
import type { GraphqlContext } from '../context.js';
import { given } from '../given.js';
import {
  DecryptInput,
  EncryptInput,
  GenerateMacInput,
  GenerateRandomInput,
  RewrapKeyInput,
  SignInput,
  UnwrapKeyInput,
  VerifyInput,
  VerifyMacInput,
  WrapKeyInput,
} from '../inputs/crypto-inputs.js';
import { itemsCost } from '../limits/page-cost.js';
import {
  DecryptResult,
  EncryptResult,
  GenerateMacResult,
  GenerateRandomResult,
  RewrapKeyResult,
  SignResult,
  UnwrapKeyResult,
  VerifyResult,
  WrapKeyResult,
} from '../types/crypto-types.js';

@Resolver()
export class CryptoResolver {
  @Mutation(() => EncryptResult, { complexity: itemsCost, description: 'Encrypts under the current version of the key.' })
  encrypt(@Ctx() { perform }: GraphqlContext, @Arg('input', () => EncryptInput) input: EncryptInput) {
    return perform(encrypt, given(input));
  }

  @Mutation(() => DecryptResult, { complexity: itemsCost, description: 'Decrypts with whichever version of the key made each ciphertext.' })
  decrypt(@Ctx() { perform }: GraphqlContext, @Arg('input', () => DecryptInput) input: DecryptInput) {
    return perform(decrypt, given(input));
  }

  @Mutation(() => WrapKeyResult, { complexity: itemsCost, description: 'Wraps data keys; an item without plaintext gets a new data key.' })
  wrapKey(@Ctx() { perform }: GraphqlContext, @Arg('input', () => WrapKeyInput) input: WrapKeyInput) {
    return perform(wrapKey, given(input));
  }

  @Mutation(() => UnwrapKeyResult, { complexity: itemsCost, description: 'Unwraps data keys.' })
  unwrapKey(@Ctx() { perform }: GraphqlContext, @Arg('input', () => UnwrapKeyInput) input: UnwrapKeyInput) {
    return perform(unwrapKey, given(input));
  }

  @Mutation(() => RewrapKeyResult, {
    complexity: itemsCost,
    description: 'Brings ciphertexts to the current version; what is in them stays in the HSM.',
  })
  rewrapKey(@Ctx() { perform }: GraphqlContext, @Arg('input', () => RewrapKeyInput) input: RewrapKeyInput) {
    return perform(rewrapKey, given(input));
  }

  @Mutation(() => SignResult, {
    complexity: itemsCost,
    description: 'Signs with the current version of the key; ECDSA signatures are raw r || s.',
  })
  sign(@Ctx() { perform }: GraphqlContext, @Arg('input', () => SignInput) input: SignInput) {
    return perform(sign, given(input));
  }

  @Mutation(() => VerifyResult, { complexity: itemsCost, description: 'Verifies signatures.' })
  verify(@Ctx() { perform }: GraphqlContext, @Arg('input', () => VerifyInput) input: VerifyInput) {
    return perform(verify, given(input));
  }

  @Mutation(() => GenerateMacResult, { complexity: itemsCost, description: 'Makes MACs.' })
  generateMac(@Ctx() { perform }: GraphqlContext, @Arg('input', () => GenerateMacInput) input: GenerateMacInput) {
    return perform(generateMac, given(input));
  }

  @Mutation(() => VerifyResult, { complexity: itemsCost, description: 'Verifies MACs.' })
  verifyMac(@Ctx() { perform }: GraphqlContext, @Arg('input', () => VerifyMacInput) input: VerifyMacInput) {
    return perform(verifyMac, given(input));
  }

  @Mutation(() => GenerateRandomResult, { description: 'Random bytes from the HSM.' })
  generateRandom(@Ctx() { perform }: GraphqlContext, @Arg('input', () => GenerateRandomInput) input: GenerateRandomInput) {
    return perform(generateRandom, given(input));
  }
}
