"""A vault, a keystore and a key; then a word encrypted and decrypted with it. Python's own library only."""
import base64, json, os, urllib.request

endpoint = os.environ.get("KYOK_ENDPOINT", "http://127.0.0.1:4000")
key = os.environ.get("KYOK_API_KEY") or open(".kyok/admin.key").read().strip()


def ask(field, variables, query):
    """What one field of the API answers."""
    request = urllib.request.Request(
        f"{endpoint}/graphql",
        json.dumps({"query": query, "variables": variables}).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    answer = json.load(urllib.request.urlopen(request))
    if answer.get("errors"):
        raise SystemExit(json.dumps(answer["errors"]))
    return answer["data"][field]


def create(noun, **given):
    """The id of what is made; the client token lets a second run find what the first one made."""
    query = 'mutation($input: Create%sInput!) { create%s(input: $input, clientToken: "Python-%s") { id } }' % (noun, noun, noun)
    return ask(f"create{noun}", {"input": given}, query)["id"]


vault = create("Vault", name="First key in Python")
create("Keystore", vaultId=vault, name="tokens", connection={"internal": {}})
aes = {"algorithm": "AES", "size": "256", "initialState": "ACTIVE"}
template = {"key": aes, "targets": [{"keystoreType": "internal", "group": "tokens"}]}
key_id = create("ManagedKey", vaultId=vault, label="first-key", template=template)

items = [{"plaintext": base64.b64encode(b"hello").decode()}]
encrypted = ask("encrypt", {"input": {"keyId": key_id, "items": items}},
                "mutation($input: EncryptInput!) { encrypt(input: $input) { items { ciphertext } } }")
decrypted = ask("decrypt", {"input": {"keyId": key_id, "items": encrypted["items"]}},
                "mutation($input: DecryptInput!) { decrypt(input: $input) { items { plaintext } } }")
print(base64.b64decode(decrypted["items"][0]["plaintext"]).decode())
