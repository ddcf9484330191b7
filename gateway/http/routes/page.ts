import { createHash } from 'node:crypto'
import Type from 'typebox'
import type { HttpApp } from '../app.js'
import { calledHost } from './address.js'

const style = `
:root { color-scheme: light dark; --ink: #1c2b33; --soft: #5d6f78; --line: #d9e2e5; --paper: #fbfcfa; --card: #fff; --mark: #0f766e }
@media (prefers-color-scheme: dark) { :root { --ink: #e4eced; --soft: #93a5ab; --line: #2c3a40; --paper: #12191c; --card: #182125; --mark: #5eead4 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.6 system-ui, sans-serif }
main { max-width: 46rem; margin: 0 auto; padding: 3rem 1.25rem 4rem }
h1 { margin: 0; font-size: 2.2rem; letter-spacing: -.02em }
h1::after { content: ''; display: block; width: 2.5rem; height: 4px; margin-top: .5rem; border-radius: 2px; background: var(--mark) }
h2 { margin: 2.25rem 0 .5rem; font-size: 1.05rem }
p { margin: .75rem 0 } .soft { color: var(--soft) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.25rem; margin: .5rem 0 }
dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
pre { margin: .5rem 0; padding: 1rem; overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--card); user-select: all }
code { font: .875em/1.7 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace } a { color: var(--mark) }
`

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Adds `GET /`: a page that says what runs here and how to connect. */
export function addPageRoute(app: HttpApp): void {
  const schema = {
    tags: ['status'],
    operationId: 'getPage',
    summary: 'A page for people: what runs here, and how to connect.',
    querystring: Type.Object({}),
    produces: ['text/html'],
    response: { 200: Type.String({ description: 'HTML.' }) },
  }
  app.get('/', { schema }, async (request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', policy)
      .send(toPage(calledHost(request) ?? 'localhost', request.protocol === 'https' ? 's' : '')),
  )
}

/** Three lines for a shell: sign up, make a server, write to its first channel. */
function toExample(url: string): string {
  const pick = (field: string) => `sed -E 's/.*"${field}":"([^"]+)".*/\\1/'`
  return [
    `token=$(curl -s ${url}/users --json '{"username":"ana-'$RANDOM'","password":"caixa postal"}' | ${pick('token')})`,
    `channel=$(curl -s ${url}/servers -H "Authorization: Bearer $token" --json '{"name":"Tea"}' | ${pick('announcement_channel_id')})`,
    `curl -s ${url}/messages -H "Authorization: Bearer $token" --json '{"channel_id":"'$channel'","content":"Olá, mundo!"}'`,
  ].join('\n')
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

function toPage(host: string, secure: 's' | ''): string {
  const url = `http${secure}://${host}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Recado</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Recado</h1>
<p>A Recado gateway runs here: servers, channels and messages, where nothing that was accepted is lost, doubled or out of order.</p>

<h2>Where to connect</h2>
<dl>
<dt>HTTP</dt><dd><code>${url}</code>, JSON; every endpoint is in <a href="/openapi.json">openapi.json</a></dd>
<dt>WebSocket</dt><dd><code>ws${secure}://${host}/socket/websocket</code>, the Phoenix Channels protocol: any Phoenix client connects</dd>
<dt>Health</dt><dd><a href="/healthz">healthz</a>, <a href="/readyz">readyz</a>, <a href="/metrics">metrics</a></dd>
</dl>

<h2>Write a first message</h2>
<p class="soft">Paste these three lines into a shell: sign up, make a server, write to its first channel.</p>
<pre><code>${escapeHtml(toExample(url))}</code></pre>

<h2>Listen</h2>
<p>Connect the <code>phoenix</code> client to <code>ws${secure}://${host}/socket</code> with the token as the parameter <code>token</code>,
join <code>channel:&lt;id&gt;</code>, and listen for <code>message:new</code>.</p>
</main>
</body>
</html>
`
}
