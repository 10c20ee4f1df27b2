package casefile

type Accepted struct{}

func (Accepted) EventName() string { return "casefile.accepted/1" }

type Closed struct{}

func (Closed) EventName() string { return "casefile.closed/1" }

type Store struct{}

func (s *Store) Open() {}

func Apply() {}
