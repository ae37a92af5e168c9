/**
 * Asking a language model for a text. Which of three answers is the configuration's business: `llm` is a list of them.
 */
import type { ServiceClient } from 'nightshift';
import { z } from 'zod';
import { json, read } from './reading.ts';

const answered = z.object({ text: z.string().min(1) });

/** @returns what it wrote: never an empty text */
export async function ask(llm: ServiceClient, prompt: string): Promise<string> {
  const answer = await llm.fetch('/v1/chat', ({ service }) => {
    const model = service === 'ollama' ? 'llama3.2:3b' : 'llama-3.3-70b';
    return json('POST', { model, prompt });
  });
  return (await read(answer, answered)).text;
}
