export interface StreamMessage {
  id: string;
  event: string;
  data: string;
}

/** The longest line a broken server can make us keep. */
const maxLineCharacters = 1_000_000;

/** Reads a text/event-stream in pieces (HTML Living Standard §9.2.6). */
export class EventParser {
  #rest = '';
  #id = '';
  #event = '';
  #data: string[] = [];

  push(text: string): StreamMessage[] {
    const messages: StreamMessage[] = [];
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > maxLineCharacters) throw new Error('The live stream sent a line without an end.');
    for (const line of lines) {
      if (line === '') this.#finish(messages);
      else this.#field(line);
    }
    return messages;
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    if (colon === 0) return; // a comment keeps the connection open
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1));
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#event = value;
    else if (name === 'id') this.#id = value;
  }

  #finish(messages: StreamMessage[]): void {
    if (this.#data.length > 0 || this.#event !== '') {
      messages.push({ id: this.#id, event: this.#event || 'message', data: this.#data.join('\n') });
    }
    this.#data = [];
    this.#event = '';
  }
}
