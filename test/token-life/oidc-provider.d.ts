/** The part of `oidc-provider` that is used here; the package brings no types. */
declare module 'oidc-provider' {
  import type { IncomingMessage, RequestListener } from 'node:http';

  interface Model {
    new (properties: object): { save(): Promise<string>; addOIDCScope(scope: string): void };
    find(value: string): Promise<{ isExpired: boolean; destroy(): Promise<void> } | undefined>;
  }

  export class Provider {
    constructor(issuer: string, configuration: object);
    readonly Grant: Model;
    readonly AccessToken: Model;
    readonly ClientCredentials: Model;
    readonly RefreshToken: Model;
    readonly Client: { find(id: string): Promise<object | undefined> };
    callback(): RequestListener;
    on(event: 'grant.success' | 'grant.error', listener: (context: GrantContext, error?: Error) => void): void;
  }

  export interface GrantContext {
    req: IncomingMessage;
    oidc: { params: { grant_type: string } };
    body: { access_token?: string; error?: string };
  }
}
