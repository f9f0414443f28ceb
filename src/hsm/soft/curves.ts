/** Curves of EC keys by the size's name in the algorithm table. */
export const ellipticCurves: Readonly<Record<string, { readonly opensslName: string }>> = {
  'P-256': { opensslName: 'prime256v1' },
  'P-384': { opensslName: 'secp384r1' },
  'P-521': { opensslName: 'secp521r1' },
  SECP256K1: { opensslName: 'secp256k1' },
};
