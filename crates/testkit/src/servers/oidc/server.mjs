// The identity provider of the tests: `node server.mjs <port> [<issuer>]`, in a directory of its own beside its node_modules.
//
// Every start signs with a new key, and publishes the one before beside it; still older ones are withdrawn. What it signs
// with lies in key.pem, key.pub.pem and key.json. Whoever signs in is who they say they are.

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import Provider from 'oidc-provider';

const [, , port, issuer = `http://127.0.0.1:${port}`] = process.argv;

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
const before = existsSync('key.json') ? [JSON.parse(readFileSync('key.json'))] : [];
writeFileSync('key.json', JSON.stringify(key));
writeFileSync('key.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }));
writeFileSync('key.pub.pem', publicKey.export({ type: 'spki', format: 'pem' }));

const roles = { manager: ['admin'], carer: ['care'] };

const provider = new Provider(issuer, {
  jwks: { keys: [key, ...before] },
  clients: [
    {
      client_id: 'web',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://127.0.0.1/signed-in'],
    },
    {
      client_id: 'box:office',
      client_secret: 'a secret/with %signs',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    },
  ],
  features: {
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'urn:boxoffice',
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        audience: 'boxoffice',
        scope: '',
        accessTokenFormat: 'jwt',
        accessTokenTTL: 600,
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
  // Nested, as Keycloak does it.
  extraTokenClaims: (_, token) => ({
    realm_access: { roles: token.kind === 'ClientCredentials' ? ['service'] : (roles[token.accountId] ?? []) },
    email: token.accountId && `${token.accountId}@example.com`,
  }),
});
provider.listen(port, '127.0.0.1');
