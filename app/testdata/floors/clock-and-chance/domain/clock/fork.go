package clock

func fork(r interface{ Engine() int }) bool { return r.Engine() == 1 }
