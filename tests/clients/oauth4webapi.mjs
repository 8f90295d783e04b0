// oauth4webapi as its documentation shows it, and its own check of our access token by RFC 9068 as a resource server.
import * as oauth from 'oauth4webapi'
import { errorOf, hear, say } from './talk.mjs'

const { issuer, client_id, client_secret, redirect_uri, scope, api, audience } = await hear()
const insecure = { [oauth.allowInsecureRequests]: true } // the test runs on plain http
const place = new URL(issuer)
const as = await oauth
  .discoveryRequest(place, { algorithm: 'oauth2', ...insecure })
  .then((response) => oauth.processDiscoveryResponse(place, response))
const client = { client_id }
const authentication = client_secret ? oauth.ClientSecretPost(client_secret) : oauth.None()

const verifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState()
const address = new URL(as.authorization_endpoint)
const request = {
  client_id,
  redirect_uri,
  scope,
  state,
  response_type: 'code',
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
}
for (const [name, value] of Object.entries(request)) address.searchParams.set(name, value)
say({ address: address.href })

const { callback } = await hear()
const parameters = oauth.validateAuthResponse(as, client, new URL(callback), state)
const first = await oauth
  .authorizationCodeGrantRequest(as, client, authentication, parameters, redirect_uri, verifier, insecure)
  .then((response) => oauth.processAuthorizationCodeResponse(as, client, response))
const refresh = (token) =>
  oauth
    .refreshTokenGrantRequest(as, client, authentication, token, insecure)
    .then((response) => oauth.processRefreshTokenResponse(as, client, response))
const second = await refresh(first.refresh_token)
const answer = await oauth.protectedResourceRequest(second.access_token, 'GET', new URL(api), undefined, null, insecure)
const guarded = new Request(api, { headers: { authorization: `Bearer ${second.access_token}` } })
const claims = await oauth.validateJwtAccessToken(as, guarded, audience, insecure)
const found = {
  api: await answer.json(),
  scope: second.scope,
  rotated: first.refresh_token !== second.refresh_token,
  claims,
}
if (client_secret) {
  found.introspected = await oauth
    .introspectionRequest(as, client, authentication, second.access_token, insecure)
    .then((response) => oauth.processIntrospectionResponse(as, client, response))
}
await oauth
  .revocationRequest(as, client, authentication, second.refresh_token, insecure)
  .then((response) => oauth.processRevocationResponse(response))
found.afterwards = await errorOf(() => refresh(second.refresh_token))
say(found)
process.exit(0)
