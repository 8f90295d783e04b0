// node oidc-provider with its store in memory: a refresh with rotation, opaque tokens. No socket: the request is handed in.
// Run by `bench.oauth`; prints microseconds of CPU per request.
import { createRequire } from 'node:module'

const require = createRequire(`${process.cwd()}/`)
const { Provider } = await import(require.resolve('oidc-provider'))
const inject = require('light-my-request')

const calls = Number(process.argv[2])
const client = {
  client_id: 'abcdefghijkl',
  client_secret: 's'.repeat(32),
  grant_types: ['authorization_code', 'refresh_token'],
  redirect_uris: ['https://app.example/cb'],
}
console.warn = () => {}
const provider = new Provider('https://op.example', {
  clients: [client],
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  rotateRefreshToken: true,
  scopes: ['offline_access', 'invoice', 'customer'],
  features: { devInteractions: { enabled: false } },
})
provider.proxy = true

const scope = 'offline_access invoice customer'
const grant = new provider.Grant({ accountId: 'person', clientId: client.client_id })
grant.addOIDCScope(scope)
const grantId = await grant.save()
const first = new provider.RefreshToken({
  accountId: 'person',
  client: await provider.Client.find(client.client_id),
  grantId,
  gty: 'authorization_code',
  scope,
  rotations: 0,
  iiat: Math.floor(Date.now() / 1000),
})
let token = await first.save()

const serve = provider.callback()
const authorization = `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')}`
let started
for (let number = -Math.floor(calls / 10); number < calls; number += 1) {
  if (number === 0) started = process.cpuUsage()
  const answer = await inject(serve, {
    method: 'POST',
    url: '/token',
    headers: {
      authorization,
      'content-type': 'application/x-www-form-urlencoded',
      'x-forwarded-proto': 'https',
    },
    payload: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token }).toString(),
  })
  if (answer.statusCode !== 200) throw new Error(answer.payload)
  token = JSON.parse(answer.payload).refresh_token
}
const { user, system } = process.cpuUsage(started)
console.log((user + system) / calls)
