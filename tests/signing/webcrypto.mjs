// An independent verifier of tokens in WebCrypto, written from docs/formats.md and nothing else.
// Reads {"realm", "public": {number: hex}, "items": [{id, lot, serial, uid, s}]} from standard input and
// writes a JSON array of booleans.

import { webcrypto } from "node:crypto";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function tokenBytes(s) {
  let number = 0n;
  if (/^[0-9]{162}$/.test(s)) {
    number = BigInt(s.replace(/^0+(?=.)/, ""));
    if (number >= 1n << 536n) throw new Error("range");
  } else if (/^[A-Za-z0-9_-]{90}$/.test(s)) {
    for (const letter of s) number = (number << 6n) | BigInt(ALPHABET.indexOf(letter));
    if (number & 15n) throw new Error("spare bits");
    number >>= 4n;
  } else {
    throw new Error("form");
  }
  return Uint8Array.from(Buffer.from(number.toString(16).padStart(134, "0"), "hex"));
}

function signedBytes(realm, head, item) {
  const counted = (bytes) => [bytes.length, ...bytes];
  const text = (value) => counted(Buffer.from(value, "ascii"));
  const carrier = head[0] & 3;
  const ext = carrier === 0 ? [] : [1, 7, ...Buffer.from(item.uid, "hex")];
  return Uint8Array.from([
    ...Buffer.from("OCOP-TAG", "ascii"), 1, ...text(realm), ...head,
    ...text(item.id), ...text(item.lot), ...text(item.serial), ...counted(ext),
  ]);
}

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { realm, public: publics, items } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
const keys = new Map();
for (const [number, hex] of Object.entries(publics)) {
  keys.set(Number(number), await webcrypto.subtle.importKey("raw", Buffer.from(hex, "hex"), "Ed25519", false, ["verify"]));
}

async function holds(item) {
  const token = tokenBytes(item.s);
  const head = token.slice(0, 3);
  if (head[0] >> 2 !== 4 || (head[0] & 3) === 3) return false;
  const key = keys.get((head[1] << 8) | head[2]);
  if (!key) return false;
  return webcrypto.subtle.verify("Ed25519", key, token.slice(3), signedBytes(realm, head, item));
}

const results = [];
for (let at = 0; at < items.length; at += 500) {
  results.push(...(await Promise.all(items.slice(at, at + 500).map(holds))));
}
process.stdout.write(JSON.stringify(results));
