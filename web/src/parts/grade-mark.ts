import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Grade } from '../../../appliance/features/watch/speedtest/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { marker } from '../lib/icons.ts';
import { gradeState } from '../lib/speed-format.ts';
import { speedWords as words } from '../lib/words/speed.ts';

/** A grade as a letter, a shape and words: colour never speaks alone. */
@customElement('ist-grade')
export class GradeMark extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host { display: inline-flex; align-items: center; gap: 7px; }
      b { font-weight: 650; } .words { font-weight: 400; color: var(--ink-2); font-size: var(--text-14); }
    `,
  ];
  @property() grade: Grade | null = null;
  /** Letter and shape alone; the words go to readers of the screen. */
  @property({ type: Boolean }) short = false;

  protected override render(): TemplateResult | typeof nothing {
    const { grade } = this;
    if (grade === null) return nothing;
    const text = words.grades[grade];
    return html`${marker(gradeState(grade), 12)}<b>${grade}</b><span class=${this.short ? 'hidden-text' : 'words'}>${text}</span>`;
  }
}
