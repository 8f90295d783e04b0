// A line of JSON in, a line of JSON out: how the test and a client program speak to each other.
import { createInterface } from 'node:readline'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

export const hear = async () => JSON.parse((await lines.next()).value)
export const say = (thing) => console.log(JSON.stringify(thing))

// The OAuth error code an action ends with, or 'none'.
export const errorOf = async (action) => {
  try {
    await action()
  } catch (error) {
    return error.error ?? String(error)
  }
  return 'none'
}
