import { AppError } from '../../../core/errors.ts';
import { newCode, readCode, showCode } from './crockford.ts';
import { hashToken, isSameHash } from './tokens.ts';

/** RFC 6238 with what every authenticator app expects. */
const stepSeconds = 30;
const digits = 6;
const issuer = 'Internet Stability Tracker';
export const recoveryCodes = 10;
/** 80 bits each. */
const recoveryLength = 16;

export interface FactorState {
  totpSecret: string | null;
  totpStep: number;
  recoveryHashes: readonly string[];
}

/** Loaded when somebody uses it: most appliances never do. */
async function totpOf(secret: string, account: string) {
  const { Secret, TOTP } = await import('otpauth');
  return new TOTP({
    issuer,
    label: account,
    algorithm: 'SHA1',
    digits,
    period: stepSeconds,
    secret: Secret.fromBase32(secret),
  });
}

/** 160 random bits in base 32, as RFC 4226 §4 recommends. */
export async function newSecret(): Promise<string> {
  const { Secret } = await import('otpauth');
  return new Secret({ size: 20 }).base32;
}

export async function enrolmentUri(secret: string, account: string): Promise<string> {
  return (await totpOf(secret, account)).toString();
}

/** A QR code as rows of `1` (dark) and `0`, without its quiet zone. */
export async function qrRows(text: string): Promise<string[]> {
  const { default: qrcode } = await import('qrcode-generator');
  const code = qrcode(0, 'M');
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  return Array.from({ length: count }, (_, row) =>
    Array.from({ length: count }, (_, column) => (code.isDark(row, column) ? '1' : '0')).join(''),
  );
}

/** The step of a code that is right at this moment or one step around it, and newer than the last one used. */
export async function stepOfCode(
  { secret, lastStep, code }: { secret: string; lastStep: number; code: string },
  nowMs: number,
): Promise<number | null> {
  const token = code.replace(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return null;
  const totp = await totpOf(secret, '');
  const delta = totp.validate({ token, window: 1, timestamp: nowMs });
  if (delta === null) return null;
  const step = Math.floor(nowMs / 1000 / stepSeconds) + delta;
  return step > lastStep ? step : null;
}

/** What the account must remember after this code was used; null when the code is wrong. */
export async function useCode(
  state: FactorState,
  code: string,
  nowMs: number,
): Promise<Partial<FactorState> | null> {
  if (state.totpSecret === null) return {};
  const step = await stepOfCode({ secret: state.totpSecret, lastStep: state.totpStep, code }, nowMs);
  if (step !== null) return { totpStep: step };
  const recovery = readCode(code, recoveryLength);
  if (recovery === null) return null;
  const hash = hashToken(recovery);
  const rest = state.recoveryHashes.filter((other) => !isSameHash(other, hash));
  return rest.length < state.recoveryHashes.length ? { recoveryHashes: rest } : null;
}

/** Codes for the day on which the phone is gone: shown once, each good for one sign-in. */
export function newRecoveryCodes(): { shown: string[]; hashes: string[] } {
  const codes = Array.from({ length: recoveryCodes }, () => newCode(recoveryLength));
  return { shown: codes.map(showCode), hashes: codes.map(hashToken) };
}

export function codeWrong(isClockKnown: boolean): AppError {
  const clock = isClockKnown
    ? ''
    : ' The box does not know the time yet, so only a recovery code can be right.';
  return new AppError('CODE_WRONG', `The code of the second factor is wrong or was used already.${clock}`, {
    status: 401,
  });
}
