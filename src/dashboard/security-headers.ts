/**
 * What every answer tells a browser: to load nothing but files of this service, to show it in no other page, to let no other page use
 * it, and to take it for nothing else than it says it is.
 *
 * There is no Strict-Transport-Security: it would hold for every port of the host, whose others are not ours.
 */
import { secureHeaders } from 'hono/secure-headers';

export const securityHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
  strictTransportSecurity: false,
  xFrameOptions: 'DENY',
});
