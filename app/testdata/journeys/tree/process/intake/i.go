package intake

import "yimen/domain/casefile"

func Accept(s *casefile.Store) { s.Open() }
