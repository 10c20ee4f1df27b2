package casefile

import (
	"testing"
	"time"
)

func TestWhatAReviewDoesToADecision(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, 3, day, 2, 0, 0, 0, time.UTC) }
	facts := []Fact{{Kind: FactReceived, At: at(1)}, {Kind: FactAccepted, At: at(1)}, Fact{Kind: FactDecided, At: at(2)}.With(Detail{Outcome: "refuse"}), {Kind: FactClosed, At: at(2)},
		Fact{Kind: FactContested, At: at(5)}.With(Detail{Kind: Review, Body: "演示区人民政府", On: at(4)}), Fact{Kind: FactStayed, At: at(6)}.With(Detail{Kind: Review})}
	got := Contests(facts)
	if len(got) != 1 || !got[0].Open() || !got[0].Filed.Equal(at(4)) || !got[0].Stayed.Equal(at(6)) || StageOf(facts) != Closed {
		t.Fatalf("%+v", got)
	}
	facts = append(facts, Fact{Kind: FactJudged, At: at(9)}.With(Detail{Kind: Review, Outcome: Redo, Number: "演示复决〔2026〕1号"}), Fact{Kind: FactRemitted, At: at(9)}.With(Detail{Kind: Review, Anew: at(20)}))
	got = Contests(facts)
	if got[0].Open() || got[0].Done || !got[0].Until.Equal(at(20)) || !got[0].Stayed.IsZero() || StageOf(facts) != Accepted {
		t.Fatalf("%+v %s", got, StageOf(facts))
	}
	if l := LifeOf(facts); !l.Decided.IsZero() || !l.Ended.IsZero() || !l.Accepted.Equal(at(9)) {
		t.Errorf("%+v", l)
	}
	facts = append(facts, Fact{Kind: FactDecided, At: at(12)}.With(Detail{Outcome: "grant"}))
	if got = Contests(facts); !got[0].Done || StageOf(facts) != Granted {
		t.Errorf("%+v", got)
	}
}
