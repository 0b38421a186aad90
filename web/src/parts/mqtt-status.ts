import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { BridgeStatus } from '../../../appliance/features/share/mqtt/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { mqttWords as words } from '../lib/words/mqtt.ts';

/** How the message broker is reached now. The page gives the answer; null while it waits for it. */
@customElement('ist-mqtt-status')
export class MqttStatus extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host { display: block; margin: var(--space-2) 0 var(--space-3); padding: var(--space-3) var(--space-4); border-radius: var(--radius); border: 1px solid var(--line); font-size: var(--text-14); }
      p { margin: 0; overflow-wrap: anywhere; } dl { display: flex; flex-wrap: wrap; gap: var(--space-1) var(--space-4); margin: var(--space-2) 0 0; }
      div { display: flex; gap: var(--space-2); } dt { color: var(--ink-2); } dd { margin: 0; } strong { margin-right: var(--space-2); }
    `,
  ];
  @property({ attribute: false }) status: BridgeStatus | null = null;
  @property() failure: string | null = null;

  protected override render(): TemplateResult {
    const { status, failure } = this;
    if (failure !== null) return html`<p role="alert">${words.failed(failure)}</p>`;
    if (status === null) return html`<p aria-busy="true">${words.loading}</p>`;
    return html`<p role="status"><strong>${words.state[status.state]}</strong>${status.sentence}</p>
      ${status.ownBroker === null ? nothing : html`<p>${status.ownBroker.problem ?? words.ownBroker(status.ownBroker.port, status.ownBroker.clients)}</p>`}
      ${status.state === 'off' ? nothing : this.#facts(status)}`;
  }

  #facts({ serial, entities, topics, waiting, commands }: BridgeStatus): TemplateResult {
    const facts: [string, string][] = [
      [words.serial, serial ?? '–'],
      [words.entities, String(entities)],
      [words.topics, String(topics)],
      [words.waiting, String(waiting)],
      [
        words.commands,
        commands.isOn ? words.commandsOn(commands.accepted, commands.refused) : words.commandsOff,
      ],
    ];
    return html`<dl>${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
  }
}
