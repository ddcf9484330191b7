/** A service that programs and tests reach by a URL. */
export type ServiceName = 'postgres' | 'mongodb' | 'redis' | 'rabbitmq'

/** The environment variable that holds a service's URL. */
export type UrlName = 'DATABASE_URL' | 'MONGODB_URL' | 'REDIS_URL' | 'AMQP_URL'

/** A process of a service: RabbitMQ needs Erlang's port mapper, MongoDB's stand-in a PostgreSQL of its own. */
export type ServerName = ServiceName | 'mongodb-postgres' | 'epmd'

/** Every service with its variable and the name that people know it by, in the order in which they are printed. */
export const services: readonly { name: ServiceName; urlName: UrlName; title: string }[] = [
  { name: 'postgres', urlName: 'DATABASE_URL', title: 'PostgreSQL' },
  { name: 'mongodb', urlName: 'MONGODB_URL', title: 'MongoDB' },
  { name: 'redis', urlName: 'REDIS_URL', title: 'Redis' },
  { name: 'rabbitmq', urlName: 'AMQP_URL', title: 'RabbitMQ' },
]

/** The service that `server` is a process of. */
export function serviceOf(server: ServerName): ServiceName {
  if (server === 'mongodb-postgres') return 'mongodb'
  return server === 'epmd' ? 'rabbitmq' : server
}
