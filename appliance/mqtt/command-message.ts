/** Reads what somebody sent to a command topic. Pure; every byte of it is a stranger's. */
import { Value } from 'typebox/value';
import type { CommandEntity, CommandOrder } from '../core/entities.ts';

const maxBytes = 1024;
const idPattern = /^[A-Za-z0-9._:-]{1,64}$/;
const text = new TextDecoder('utf-8', { fatal: true });

export interface Order extends CommandOrder {
  /** As the sender gave it. */
  id: string | null;
}

/** The order, or why it is none. */
export function readOrder(
  command: CommandEntity,
  payload: Uint8Array,
): Order | { id: string | null; refusal: string } {
  const no = (refusal: string, id: string | null = null) => ({ id, refusal });
  if (payload.length > maxBytes) return no(`It has ${payload.length} bytes; ${maxBytes} are allowed.`);
  let said: string;
  try {
    said = text.decode(payload).trim();
  } catch {
    return no('It is not UTF-8.');
  }
  if (!said.startsWith('{')) {
    const value = readValue(command, said);
    return value === undefined
      ? no(`Expected ${expected(command)} or a JSON object.`)
      : withDefaults(command, null, value, {});
  }
  let object: unknown;
  try {
    object = JSON.parse(said);
  } catch {
    return no('It begins like JSON and is none.');
  }
  const { id: givenId = null, value: given, ...parameters } = object as Record<string, unknown>; // it begins with {
  if (givenId !== null && (typeof givenId !== 'string' || !idPattern.test(givenId)))
    return no('id must be 1 to 64 letters, digits or . _ : -');
  const value = readValue(command, given ?? (command.component === 'button' ? 'PRESS' : undefined));
  if (value === undefined) return no(`value must be ${expected(command)}.`, givenId);
  return withDefaults(command, givenId, value, parameters);
}

function withDefaults(
  { parameters: shape }: CommandEntity,
  id: string | null,
  value: Order['value'],
  parameters: Record<string, unknown>,
): Order | { id: string | null; refusal: string } {
  const names = Object.keys(parameters);
  if (shape === undefined) {
    if (names.length > 0) return { id, refusal: `It takes nothing along; "${shown(names[0])}" was given.` };
    return { id, value, parameters: {} };
  }
  const filled: unknown = Value.Default(shape, { ...parameters });
  if (Value.Check(shape, filled)) return { id, value, parameters: filled as Record<string, unknown> }; // an object shape
  const [problem] = Value.Errors(shape, filled);
  const unknown = names.find((name) => !Object.hasOwn(shape.properties, name));
  if (unknown !== undefined) return { id, refusal: `There is no "${shown(unknown)}" to give along.` };
  return {
    id,
    refusal: `${shown(problem?.instancePath.slice(1) || 'It')} ${problem?.message ?? 'does not fit'}.`,
  };
}

/** `undefined` for what does not fit the kind of command. */
function readValue({ component, range }: CommandEntity, given: unknown): Order['value'] | undefined {
  switch (component) {
    case 'button':
      return given === 'PRESS' ? null : undefined;
    case 'switch':
      if (given === 'ON' || given === true) return true;
      return given === 'OFF' || given === false ? false : undefined;
    case 'number': {
      const isText = typeof given === 'string' && /^-?\d{1,12}(\.\d{1,6})?$/.test(given);
      const number = isText ? Number(given) : given;
      if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
      if (range && (number < range.min || number > range.max)) return undefined;
      const steps = range ? (number - range.min) / range.step : 0;
      return Math.abs(steps - Math.round(steps)) < 1e-9 ? number : undefined;
    }
  }
}

function expected({ component, range }: CommandEntity): string {
  if (component === 'button') return 'PRESS';
  if (component === 'switch') return 'ON or OFF';
  return range ? `a number from ${range.min} to ${range.max} in steps of ${range.step}` : 'a number';
}

/** A stranger's word in a sentence of ours. */
function shown(word = ''): string {
  return word.replace(/[^\x20-\x7e]/g, '?').slice(0, 40);
}
