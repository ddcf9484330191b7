/** Says what will run, once before all tests. Without `PROFILES` the embedded profile runs, and the full one where every URL is set. */
export function setup(): void {
  const urls = ['DATABASE_URL', 'MONGODB_URL', 'REDIS_URL', 'AMQP_URL']
  process.env.PROFILES ??= urls.every((name) => process.env[name]) ? 'embedded,full' : 'embedded'
  const missing = process.env.PROFILES.includes('full') ? urls.filter((name) => !process.env[name]) : []
  if (missing.length > 0)
    throw new Error(
      `The full profile was asked for, but ${missing.join(', ')} is not set: \`npm run services\` prints them.`,
    )
}
