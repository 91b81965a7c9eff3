// The browser's side of the passkey ceremonies (W3C WebAuthn level 3, section 5.1).
import { Refused, send } from "./send";

const NOT_USED = "The passkey was not used. Try again, or use a sign-in link.";
const NOT_MADE = "No passkey was made. Try again, or choose another device.";

type Json = Record<string, unknown>;

export function preparePasskeys(): void {
  const signIn = document.querySelector<HTMLButtonElement>("[data-passkey-signin]");
  signIn?.addEventListener("click", () => void attempt(signIn, () => signInWithPasskey(signIn.dataset["next"] ?? "/"), NOT_USED));
  const form = document.querySelector<HTMLFormElement>("[data-passkey-register]");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
    const label = String(new FormData(form).get("label"));
    if (button) void attempt(button, () => register(label), NOT_MADE);
  });
}

async function signInWithPasskey(next: string): Promise<void> {
  const asked = (await (await send("/signin/passkey/options")).json()) as { challenge: string; rpId: string };
  const credential = await navigator.credentials.get({
    publicKey: { ...asked, challenge: decode(asked.challenge), userVerification: "required", allowCredentials: [] },
  });
  const answer = (credential as PublicKeyCredential).response as AuthenticatorAssertionResponse;
  await send("/signin/passkey", {
    ...base(credential as PublicKeyCredential),
    response: {
      authenticatorData: encode(answer.authenticatorData),
      clientDataJSON: encode(answer.clientDataJSON),
      signature: encode(answer.signature),
      userHandle: answer.userHandle ? encode(answer.userHandle) : null,
    },
  });
  location.assign(next);
}

async function register(label: string): Promise<void> {
  const asked = (await (await send("/passkeys/options")).json()) as PublicKeyCredentialCreationOptionsJSON;
  const credential = await navigator.credentials.create({
    publicKey: {
      ...(asked as unknown as PublicKeyCredentialCreationOptions),
      challenge: decode(asked.challenge),
      user: { ...asked.user, id: decode(asked.user.id) },
      excludeCredentials: (asked.excludeCredentials ?? []).map((known) => ({ type: "public-key", id: decode(known.id) })),
    },
  });
  const answer = (credential as PublicKeyCredential).response as AuthenticatorAttestationResponse;
  await send("/passkeys", {
    ...base(credential as PublicKeyCredential),
    label,
    response: { attestationObject: encode(answer.attestationObject), clientDataJSON: encode(answer.clientDataJSON) },
  });
  location.assign(new URLSearchParams(location.search).has("first") ? "/" : "/passkeys");
}

async function attempt(button: HTMLButtonElement, ceremony: () => Promise<void>, instead: string): Promise<void> {
  button.disabled = true;
  say("");
  try {
    await ceremony();
  } catch (error) {
    if (error instanceof Refused) say(error.message);
    else if (error instanceof DOMException && error.name === "InvalidStateError") say("This device has a passkey for you already.");
    else if (error instanceof DOMException) say(instead);
    else throw error;
  } finally {
    button.disabled = false;
  }
}

function say(words: string): void {
  const place = document.getElementById("passkey-error");
  if (!place) return;
  place.textContent = words;
  place.hidden = words === "";
}

function base(credential: PublicKeyCredential): Json {
  return {
    id: credential.id,
    rawId: encode(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
}

function encode(bytes: ArrayBuffer): string {
  const letters = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}
