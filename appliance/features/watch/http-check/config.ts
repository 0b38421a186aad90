import { type Static, Type } from 'typebox';

const url = Type.String({
  pattern: '^https?://[^\\s@/?#]+([/?#]\\S*)?$',
  maxLength: 500,
  description: 'http or https address',
});

export const PageConfig = Type.Union([
  url,
  Type.Object(
    {
      url,
      status: Type.Optional(
        Type.Integer({ minimum: 200, maximum: 599, description: 'The status that must come' }),
      ),
      text: Type.Optional(
        Type.String({ minLength: 1, maxLength: 200, description: 'What must stand in the page' }),
      ),
    },
    { additionalProperties: false },
  ),
]);
export type PageConfig = Static<typeof PageConfig>;

export const httpCheckConfig = {
  httpCheck: Type.Object(
    {
      urls: Type.Array(PageConfig, {
        maxItems: 16,
        // Pages made for this, of those who run the default anchors; two of them over plain HTTP, where portals show.
        default: [
          'http://cp.cloudflare.com/generate_204',
          'http://connectivitycheck.gstatic.com/generate_204',
          'https://one.one.one.one/',
        ],
        description:
          'Pages that are fetched. An address that ends with generate_204 must answer 204, others with 2xx or 3xx',
      }),
      intervalMs: Type.Integer({
        minimum: 10_000,
        maximum: 3_600_000,
        default: 60_000,
        description: 'Milliseconds from one check of a page to the next',
      }),
    },
    { title: 'Page checks', additionalProperties: false, default: {} },
  ),
};

declare module '../../../core/feature.ts' {
  interface ConfigSections {
    httpCheck: Static<typeof httpCheckConfig.httpCheck>;
  }
}
