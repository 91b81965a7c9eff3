// A proof of work, asked for while there is a flood: solved beside the page, which stays as quick as it is.

import { page } from "./page-data";

/** The request header that brings a proof. */
export const PROOF = "Tipline-Proof";

/** What the refusal `proof_needed` brings (intake/guard/proof.py). */
export interface Challenge {
  challenge: string;
  /** 16 bytes in base64. */
  salt: string;
  bits: number;
  answers: number;
  memory_kib: number;
}

/** What the header says; null where this browser cannot find it. */
export async function prove(challenge: Challenge): Promise<string | null> {
  if (typeof Worker === "undefined") return null;
  const prover = new Worker(page.prover);
  try {
    const answers = await new Promise<number[] | null>((resolve) => {
      prover.onmessage = ({ data }: MessageEvent<number[] | null>) => resolve(data);
      prover.onerror = () => resolve(null);
      prover.postMessage(challenge);
    });
    return answers && `${challenge.challenge}.${answers.join("-")}`;
  } finally {
    prover.terminate();
  }
}
