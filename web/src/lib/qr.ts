import qrcode from 'qrcode-generator';

/** The rows of a QR code for a text, 1 dark and 0 light. Fetched when a code is wanted. */
export function qrRows(text: string): string[] {
  const code = qrcode(0, 'M');
  code.addData(text);
  code.make();
  const size = code.getModuleCount();
  return Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column) => (code.isDark(row, column) ? '1' : '0')).join(''),
  );
}
