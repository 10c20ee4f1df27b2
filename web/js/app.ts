// The citizens' script. Pages work without it.
import { ending } from "./part/ending"
import { guard } from "./part/guard"
import { read } from "./part/read"

guard()
read()
ending()
