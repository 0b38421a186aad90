export interface ServerEvent {
  id: string;
  event: string;
  data: string;
}

/** One event larger than this is a broken server, not data; the reader gives up instead of growing. */
const maximumEventCharacters = 4_000_000;

/** Server-sent events of a byte stream, as WHATWG HTML §9.2.6 parses them. Ends when the stream does. */
export async function* readEvents(chunks: AsyncIterable<string>): AsyncGenerator<ServerEvent> {
  let buffer = '';
  let event = '';
  let data: string[] = [];
  let id = '';
  for await (const chunk of chunks) {
    buffer += chunk;
    let end = buffer.search(/\r\n|\n|\r(?!$)/);
    while (end >= 0) {
      const line = buffer.slice(0, end);
      buffer = buffer.slice(end + (buffer.startsWith('\r\n', end) ? 2 : 1));
      if (line === '') {
        if (data.length > 0) yield { id, event: event || 'message', data: data.join('\n') };
        event = '';
        data = [];
      } else {
        const [field, value] = fieldOf(line);
        if (field === 'data') data.push(value);
        else if (field === 'event') event = value;
        else if (field === 'id' && !value.includes('\0')) id = value;
      }
      end = buffer.search(/\r\n|\n|\r(?!$)/);
    }
    const held = buffer.length + data.reduce((sum, line) => sum + line.length, 0);
    if (held > maximumEventCharacters) throw new Error('a live event is too large to be true');
  }
}

function fieldOf(line: string): [field: string, value: string] {
  const colon = line.indexOf(':');
  if (colon < 0) return [line, ''];
  const value = line.slice(colon + 1);
  return [line.slice(0, colon), value.startsWith(' ') ? value.slice(1) : value];
}
