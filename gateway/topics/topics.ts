import { isId } from '../../contract/ids.js'
import type { User } from '../connections/user.js'
import type { TopicHandler } from '../phoenix/handler.js'

/** Makes what handles one join of a topic of one kind. */
export type TopicFactory = (id: string) => TopicHandler<User>

/** The kinds of topics, by the word in front of the id: `channel` makes what handles `channel:<id>`. */
export class Topics {
  readonly #kinds: ReadonlyMap<string, TopicFactory>

  constructor(kinds: Readonly<Record<string, TopicFactory>>) {
    this.#kinds = new Map(Object.entries(kinds))
  }

  /** The handler of a topic; undefined when its kind is not known or what follows can be no id. */
  find(name: string): TopicHandler<User> | undefined {
    const mark = name.indexOf(':')
    const id = name.slice(mark + 1)
    return mark > 0 && isId(id) ? this.#kinds.get(name.slice(0, mark))?.(id) : undefined
  }
}
