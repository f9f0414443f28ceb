#!/usr/bin/env bash
# A vault, a keystore and a key; then a word encrypted and decrypted with it.
set -euo pipefail
endpoint=${KYOK_ENDPOINT:-http://127.0.0.1:4000}
key=${KYOK_API_KEY:-$(cat .kyok/admin.key)}

ask() { # query, variables: prints the answer, stops at an error
  local answer
  answer=$(curl -sS "$endpoint/graphql" -H @<(printf "Authorization: Bearer %s" "$key") -H 'Content-Type: application/json' -d "{\"query\":\"$1\",\"variables\":$2}")
  case $answer in *'"errors"'*) echo "$answer" >&2 && return 1 ;; esac
  printf '%s' "$answer"
}
member() { sed -E "s/.*\"$1\":\"([^\"]*)\".*/\1/"; }

vault=$(ask 'mutation($input: CreateVaultInput!) { createVault(input: $input, clientToken: \"curl-vault\") { id } }' \
  '{"input":{"name":"First key with curl"}}' | member id)
ask 'mutation($input: CreateKeystoreInput!) { createKeystore(input: $input, clientToken: \"curl-keystore\") { id } }' \
  "{\"input\":{\"vaultId\":\"$vault\",\"name\":\"tokens\",\"connection\":{\"internal\":{}}}}" >/dev/null
id=$(ask 'mutation($input: CreateManagedKeyInput!) { createManagedKey(input: $input, clientToken: \"curl-key\") { id } }' \
  "{\"input\":{\"vaultId\":\"$vault\",\"label\":\"first-key\",\"template\":{\"key\":{\"algorithm\":\"AES\",\"size\":\"256\",\"initialState\":\"ACTIVE\"},\"targets\":[{\"keystoreType\":\"internal\",\"group\":\"tokens\"}]}}}" | member id)

plaintext=$(printf 'hello' | base64)
ciphertext=$(ask 'mutation($input: EncryptInput!) { encrypt(input: $input) { items { ciphertext } } }' \
  "{\"input\":{\"keyId\":\"$id\",\"items\":[{\"plaintext\":\"$plaintext\"}]}}" | member ciphertext)
ask 'mutation($input: DecryptInput!) { decrypt(input: $input) { items { plaintext } } }' \
  "{\"input\":{\"keyId\":\"$id\",\"items\":[{\"ciphertext\":\"$ciphertext\"}]}}" | member plaintext | base64 -d
echo
