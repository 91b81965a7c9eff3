// The worker that solves a challenge. Only its own answer allows WebAssembly (intake/pages/assets.py).

import { argon2id } from "hash-wasm";
import type { Challenge } from "./proving";

self.onmessage = async ({ data }: MessageEvent<Challenge>) => {
  try {
    self.postMessage(await solve(data));
  } catch {
    self.postMessage(null); // an old browser without WebAssembly, or too little memory: the page says so
  }
};

async function solve(challenge: Challenge): Promise<number[]> {
  const salt = Uint8Array.from(atob(challenge.salt), (character) => character.charCodeAt(0));
  const answers: number[] = [];
  while (answers.length < challenge.answers) {
    let answer = 0;
    while (!(await holds(challenge, salt, `${answers.length}:${answer}`))) answer += 1;
    answers.push(answer);
  }
  return answers;
}

/** Whether the hash begins with as many zero bits as were asked for, up to 16. */
async function holds({ bits, memory_kib }: Challenge, salt: Uint8Array, password: string): Promise<boolean> {
  const hash = await argon2id({
    password,
    salt,
    parallelism: 1,
    iterations: 1,
    memorySize: memory_kib,
    hashLength: 16,
    outputType: "binary",
  });
  return ((hash[0]! << 8) | hash[1]!) >> (16 - bits) === 0;
}
