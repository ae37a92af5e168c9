/**
 * What a run has produced, held against what its engine says that it should.
 */
import type { EngineConfig } from '../../config/config.ts';
import { found } from '../../config/found.ts';
import type { Json } from '../../json.ts';
import { ClassifiedError } from '../../policies/failure.ts';
import { outputSize } from '../../policies/output-size.ts';
import { plainJson } from './plain-json.ts';

type Expectations = Pick<EngineConfig, 'id' | 'output' | 'expect' | 'minOutput'>;

const bytesMax = 256 * 1024;

/**
 * The output as plain JSON.
 *
 * @throws {ClassifiedError} of class bug: `OUTPUT_INVALID` or `OUTPUT_UNEXPECTED`
 */
export async function runOutput(
  engine: Expectations,
  output: unknown,
  hasSecret: (text: string) => boolean,
): Promise<Json> {
  const good = await expected(engine, await validated(engine, output));
  return plainJson(good, `${engine.id}: what its run returned`, bytesMax, hasSecret);
}

async function validated({ id, output: schema }: Expectations, output: unknown): Promise<unknown> {
  if (!schema) return output;
  const result = await schema['~standard'].validate(output);
  if (!result.issues) return result.value;
  const problems = result.issues.map(({ path, message }) => {
    const place = path?.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
    return place ? `${place}: ${message}` : message;
  });
  throw new ClassifiedError({
    class: 'bug',
    code: 'OUTPUT_INVALID',
    message: `${id}: its run returned something other than its output says. ${problems.join('; ')}`,
  });
}

/** That a run ended well is not enough: it has to have done something. */
async function expected({ id, expect, minOutput }: Expectations, output: unknown): Promise<unknown> {
  const size = outputSize(output);
  if (minOutput !== undefined && size < minOutput) {
    throw unexpected(`${id}: its run ended well, and returned ${size} of the ${minOutput} that minOutput asks for.`);
  }
  if (!expect) return output;
  const answer = await expect(output as never);
  if (answer === undefined || answer === true) return output;
  if (answer === false)
    throw unexpected(`${id}: its run ended well, but its expect says that this is not what it should return.`);
  if (typeof answer === 'string') throw unexpected(`${id}: its run ended well, but its expect says: ${answer}`);
  throw unexpected(
    `${id}: found that its expect answered ${found(answer)}, expected true, false or a text that says what is wrong.`,
  );
}

function unexpected(message: string) {
  return new ClassifiedError({ class: 'bug', code: 'OUTPUT_UNEXPECTED', message });
}
