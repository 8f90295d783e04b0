// openid-client as its documentation shows it: discovery, code with PKCE, refresh, introspection, revocation, credentials.
import * as client from 'openid-client'
import { errorOf, hear, say } from './talk.mjs'

const { issuer, client_id, client_secret, redirect_uri, scope, api, tenant } = await hear()
const insecure = { algorithm: 'oauth2', execute: [client.allowInsecureRequests] } // the test runs on plain http
const authentication = client_secret ? client.ClientSecretBasic(client_secret) : client.None()
const config = await client.discovery(new URL(issuer), client_id, client_secret ?? undefined, authentication, insecure)

const verifier = client.randomPKCECodeVerifier()
const state = client.randomState()
const address = client.buildAuthorizationUrl(config, {
  redirect_uri,
  scope,
  state,
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
})
say({ address: address.href })

const { callback } = await hear()
const first = await client.authorizationCodeGrant(config, new URL(callback), {
  pkceCodeVerifier: verifier,
  expectedState: state,
})
const second = await client.refreshTokenGrant(config, first.refresh_token)
const answer = await client.fetchProtectedResource(config, second.access_token, new URL(api), 'GET')
const found = { api: await answer.json(), scope: second.scope, rotated: first.refresh_token !== second.refresh_token }
if (client_secret) {
  found.introspected = await client.tokenIntrospection(config, second.access_token)
  const asCompany = await client.discovery(new URL(issuer), client_id, undefined, authentication, insecure)
  asCompany[client.customFetch] = (url, options) => fetch(url, { ...options, headers: { ...options.headers, TenantId: tenant } })
  found.service = await errorOf(() => client.clientCredentialsGrant(asCompany, { scope }))
}
await client.tokenRevocation(config, second.refresh_token)
found.afterwards = await errorOf(() => client.refreshTokenGrant(config, second.refresh_token))
say(found)
process.exit(0)
