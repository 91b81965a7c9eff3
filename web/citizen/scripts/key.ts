// An Idempotency-Key: by it the server knows a request again whose answer never came.

/** 24 random bytes in base64url. It leads to the receipt: it is forgotten as soon as that is shown. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24)); // randomUUID and subtle need https, this does not
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_");
}
