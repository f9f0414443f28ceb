/** What an HSM can do: the whole of it, and how a part that is missing is refused. */
import { algorithmDescriptors, exportSchemes, type KeySpec, keyAlgorithms, type Mechanism, type Purpose } from '../domain/algorithms.js';
import { EstateError } from '../domain/errors.js';
import type { HsmCapabilities, KeyCapability } from './contract.js';

/** All of the algorithm table, with a ceremony. */
export function everyCapability(): HsmCapabilities {
  return { ceremony: true, reencipher: true, keys: everyKey(), exportSchemes };
}

/** Every key of the algorithm table with everything it can be used for. */
export function everyKey(): KeyCapability[] {
  return keyAlgorithms.flatMap((algorithm) =>
    algorithmDescriptors[algorithm].sizes.map(({ size }) => ({
      algorithm,
      size,
      uses: usesOf({ algorithm, size }),
      isImportable: true,
      isExtractable: true,
    })),
  );
}

/** What the algorithm table says of keys of this spec. */
export function usesOf({ algorithm }: KeySpec): { readonly mechanism: Mechanism; readonly purposes: readonly Purpose[] }[] {
  const rows = Object.entries(algorithmDescriptors[algorithm].mechanisms) as [Mechanism, readonly Purpose[]][];
  return rows.map(([mechanism, purposes]) => ({ mechanism, purposes }));
}

/** `undefined` when the HSM has no keys of this spec. */
export function keyCapability(capabilities: HsmCapabilities, spec: KeySpec): KeyCapability | undefined {
  return capabilities.keys.find((key) => key.algorithm === spec.algorithm && key.size === spec.size);
}

/** The error for what the algorithm table knows and this HSM does not: it says what would do instead. */
export function missing(capability: string, details: Readonly<Record<string, unknown>> = {}): EstateError {
  return new EstateError('HSM_CAPABILITY_MISSING', { capability, ...details });
}
