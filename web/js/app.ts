// The citizens' script. Pages work without it.
import { guard } from "./part/guard"

guard()
