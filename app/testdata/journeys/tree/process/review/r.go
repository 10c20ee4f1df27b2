package review

import "yimen/domain/casefile"

func Start(e casefile.Accepted) { casefile.Apply() }

func Unheard(e casefile.Accepted) {}
