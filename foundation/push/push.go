// Package push tells open pages that something they show has changed.
//
// Invariants: Send never waits for a reader; a slow reader finds the newest message of each topic and never an older one
// after it; what is sent while nobody listens is gone, so a message says "look again" and never carries the truth itself.
package push

import "sync"

// Message says that a topic moved. Data is short and holds ids, never personal values.
type Message struct {
	Topic string
	Data  string
}

// Hub passes messages between the goroutines of one process.
type Hub struct {
	mu     sync.Mutex
	topics map[string]map[*Subscription]struct{}
	closed chan struct{}
	once   sync.Once
}

// New makes an empty hub.
func New() *Hub {
	return &Hub{topics: map[string]map[*Subscription]struct{}{}, closed: make(chan struct{})}
}

// Subscription is one reader's place at a hub. Its topics are fixed.
type Subscription struct {
	// Ready yields after at least one message came since the last Take.
	Ready <-chan struct{}

	hub     *Hub
	topics  []string
	ready   chan struct{}
	pending map[string]Message
	order   []string
}

// Subscribe listens to topics until Cancel is called.
func (h *Hub) Subscribe(topics ...string) *Subscription {
	ready := make(chan struct{}, 1)
	s := &Subscription{Ready: ready, ready: ready, hub: h, topics: topics, pending: map[string]Message{}}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range topics {
		if h.topics[t] == nil {
			h.topics[t] = map[*Subscription]struct{}{}
		}
		h.topics[t][s] = struct{}{}
	}
	return s
}

// Send hands a message to everybody who listens to its topic now.
func (h *Hub) Send(topic, data string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.topics[topic] {
		s.put(Message{Topic: topic, Data: data})
	}
}

// put replaces an unread message of the same topic; the hub's lock is held.
func (s *Subscription) put(m Message) {
	if _, waiting := s.pending[m.Topic]; !waiting {
		s.order = append(s.order, m.Topic)
	}
	s.pending[m.Topic] = m
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

// Take returns the unread messages, at most one per topic, in the order in which the topics first moved.
func (s *Subscription) Take() []Message {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	out := make([]Message, 0, len(s.order))
	for _, t := range s.order {
		out = append(out, s.pending[t])
	}
	clear(s.pending)
	s.order = s.order[:0]
	return out
}

// Cancel leaves the hub; it may be called more than once.
func (s *Subscription) Cancel() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	for _, t := range s.topics {
		delete(s.hub.topics[t], s)
		if len(s.hub.topics[t]) == 0 {
			delete(s.hub.topics, t)
		}
	}
}

// Listeners counts the subscriptions of a topic.
func (h *Hub) Listeners(topic string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.topics[topic])
}

// Close ends every open stream, so that the server can stop at once. Sending stays harmless.
func (h *Hub) Close() { h.once.Do(func() { close(h.closed) }) }
