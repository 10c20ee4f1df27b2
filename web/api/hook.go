package api

import (
	"net/http"
	"strconv"
	"time"

	"yimen/domain/identity"
	"yimen/foundation/fault"
	"yimen/process/exchange"
)

func (s *Surface) hooks() {
	path := Prefix + "/hooks"
	operation(s, mount{id: "add-hook", method: http.MethodPost, path: path, roles: portals, verb: identity.VerbHooks, status: http.StatusCreated, body: 16 << 10,
		errors: []int{409, 413, 415, 422}}, s.addHook)
	operation(s, mount{id: "list-hooks", method: http.MethodGet, path: path, roles: portals, verb: identity.VerbHooks}, s.listHooks)
	operation(s, mount{id: "delete-hook", method: http.MethodDelete, path: path + "/{id}", roles: portals, verb: identity.VerbHooks, status: http.StatusNoContent, errors: []int{404}}, s.deleteHook)
	operation(s, mount{id: "replay-hook", method: http.MethodPost, path: path + "/{id}/replay", roles: portals, verb: identity.VerbHooks, body: 4 << 10,
		errors: []int{404, 413, 415, 422}}, s.replayHook)
	operation(s, mount{id: "list-deliveries", method: http.MethodGet, path: path + "/{id}/deliveries", roles: portals, verb: identity.VerbHooks, errors: []int{404, 422}}, s.listDeliveries)
}

type addHookInput struct {
	Key     string `header:"Idempotency-Key" required:"true" minLength:"16" maxLength:"200" doc:"api.doc.key"`
	Body    newHook
	RawBody []byte
}

type newHook struct {
	URL    string   `json:"url" maxLength:"500" doc:"api.doc.hook.url"`
	Events []string `json:"events,omitempty" maxItems:"20" doc:"api.doc.hook.events"`
}

// hook is a web-hook and how it is doing.
type hook struct {
	ID     string    `json:"id" doc:"api.doc.hook.id"`
	URL    string    `json:"url" doc:"api.doc.hook.url"`
	Events string    `json:"events" doc:"api.doc.hook.events"`
	State  string    `json:"state" enum:"active,parked" doc:"api.doc.hook.state"`
	Failed int       `json:"failed" doc:"api.doc.hook.failed"`
	Error  string    `json:"error,omitempty" doc:"api.doc.hook.error"`
	Made   time.Time `json:"made" doc:"api.doc.hook.made"`
	Secret string    `json:"secret,omitempty" doc:"api.doc.hook.secret"`
}

func (c *call) hook(h identity.Hook) hook {
	return hook{ID: h.ID, URL: h.URL, Events: h.Events, State: h.State, Failed: h.Failed, Error: c.why(h.Error), Made: h.Made.UTC()}
}

// why is what went wrong with a call, in words.
func (c *call) why(code string) string {
	if code == "" {
		return ""
	}
	return c.page.T("api.hook.error." + code)
}

type hookOutput struct{ Body hook }

func (s *Surface) addHook(c *call, in *addHookInput) (*hookOutput, error) {
	made, secret, err := s.Hooks.Register(c.Context(), exchange.Registration{Submit: c.submit(in.Key, string(in.RawBody)), Portal: c.portal(), URL: in.Body.URL, Events: in.Body.Events})
	if err != nil {
		return nil, err
	}
	out := &hookOutput{c.hook(made)}
	out.Body.Secret = secret
	return out, nil
}

type hooksOutput struct {
	Body struct {
		Hooks []hook `json:"hooks" nullable:"false"`
	}
}

func (s *Surface) listHooks(c *call, _ *struct{}) (*hooksOutput, error) {
	all, err := identity.Hooks(c.Context(), s.DB, c.portal().ID)
	out := &hooksOutput{}
	out.Body.Hooks = make([]hook, len(all))
	for i, h := range all {
		out.Body.Hooks[i] = c.hook(h)
	}
	return out, err
}

type hookInput struct {
	ID string `path:"id" maxLength:"64" doc:"api.doc.hook.id"`
}

func (s *Surface) deleteHook(c *call, in *hookInput) (*struct{}, error) {
	return &struct{}{}, s.Hooks.Close(c.Context(), c.portal(), in.ID)
}

type replayInput struct {
	ID   string `path:"id" maxLength:"64" doc:"api.doc.hook.id"`
	Body struct {
		From int64 `json:"from" minimum:"0" doc:"api.doc.replay.from"`
	}
}

type replayOutput struct {
	Body struct {
		Queued int   `json:"queued" doc:"api.doc.replay.queued"`
		Next   int64 `json:"next,omitempty" doc:"api.doc.replay.next"`
	}
}

func (s *Surface) replayHook(c *call, in *replayInput) (*replayOutput, error) {
	r, err := s.Hooks.Replay(c.Context(), c.portal(), in.ID, in.Body.From)
	out := &replayOutput{}
	out.Body.Queued, out.Body.Next = r.Queued, r.Next
	return out, err
}

type deliveriesInput struct {
	ID    string `path:"id" maxLength:"64" doc:"api.doc.hook.id"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"api.doc.limit"`
	After string `query:"after" maxLength:"20" doc:"api.doc.after"`
}

// delivery is one event on its way to one hook.
type delivery struct {
	ID       string     `json:"id" doc:"api.doc.delivery.id"`
	Position int64      `json:"position" doc:"api.doc.delivery.position"`
	State    string     `json:"state" enum:"pending,delivered,given_up" doc:"api.doc.delivery.state"`
	Attempts int        `json:"attempts" doc:"api.doc.delivery.attempts"`
	Status   int        `json:"status,omitempty" doc:"api.doc.delivery.status"`
	Error    string     `json:"error,omitempty" doc:"api.doc.hook.error"`
	Next     *time.Time `json:"nextTry,omitempty" doc:"api.doc.delivery.next"`
	Done     *time.Time `json:"delivered,omitempty" doc:"api.doc.delivery.done"`
}

type deliveriesOutput struct {
	Body struct {
		Listing
		Deliveries []delivery `json:"deliveries" nullable:"false"`
	}
}

func (s *Surface) listDeliveries(c *call, in *deliveriesInput) (*deliveriesOutput, error) {
	h, err := identity.GetHook(c.Context(), s.DB, in.ID, c.portal().ID)
	if err != nil {
		return nil, err
	}
	before := int64(0)
	if in.After != "" {
		if before, err = strconv.ParseInt(in.After, 10, 64); err != nil || before <= 0 {
			return nil, fault.Bad(fault.Field{Name: "after", Key: "fault.page_key"})
		}
	}
	rows, err := identity.HookDeliveries(c.Context(), s.DB, h.ID, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &deliveriesOutput{}
	if len(rows) > in.Limit {
		rows = rows[:in.Limit]
		out.Body.Next = strconv.FormatInt(rows[len(rows)-1].Pos, 10)
	}
	out.Body.Deliveries = make([]delivery, len(rows))
	for i, d := range rows {
		x := delivery{ID: d.Event, Position: d.Pos, State: d.State, Attempts: d.Attempt, Status: d.Status, Error: c.why(d.Error)}
		if d.State != identity.GivenUp {
			x.Done = moment(d.Done)
		}
		if d.State == identity.Pending && h.State == identity.HookActive {
			x.Next = moment(d.Run)
		}
		out.Body.Deliveries[i] = x
	}
	return out, nil
}
