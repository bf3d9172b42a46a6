package broker

import (
	"slices"
	"strings"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// Limits of what clients may pile up.
const (
	mostNames    = 10_000 // exchanges, or queues
	mostBindings = 10_000 // of an exchange
)

// exchange routes messages to queues.
type exchange struct {
	name, kind                    string
	durable, autoDelete, internal bool
	arguments                     amqp08.Table
	bindings                      []binding
}

// binding is a queue that an exchange routes to.
type binding struct {
	queue     *queue
	key       string
	arguments amqp08.Table
}

// matchers are the exchange types, each with how it compares a binding's key to a message's.
var matchers = map[string]func(pattern, key string) bool{
	"direct": func(pattern, key string) bool { return pattern == key },
	"fanout": func(string, string) bool { return true },
	"topic":  topicMatches,
}

// predeclared are the exchanges that always exist, but for the default one.
func predeclared() map[string]*exchange {
	exchanges := map[string]*exchange{}
	for kind := range matchers {
		name := "amq." + kind
		exchanges[name] = &exchange{name: name, kind: kind, durable: true}
	}
	return exchanges
}

// topicMatches compares a pattern, where * is any word and # any number of words, to a key.
func topicMatches(pattern, key string) bool {
	keyWords := words(key)
	reached := make([]bool, len(keyWords)+1) // [i]: the pattern so far matches the first i words
	reached[0] = true
	for _, p := range words(pattern) {
		next := make([]bool, len(reached))
		for i := range next {
			before := i > 0
			if p == "#" {
				next[i] = reached[i] || before && next[i-1]
			} else {
				next[i] = before && reached[i-1] && (p == "*" || p == keyWords[i-1])
			}
		}
		reached = next
	}
	return reached[len(keyWords)]
}

func words(key string) []string {
	if key == "" {
		return nil
	}
	return strings.Split(key, ".")
}

// route lists the queues that a message goes to, each once.
func (b *Broker) route(x *exchange, key string) []*queue {
	var queues []*queue
	if x == nil {
		if q := b.queues[key]; q != nil {
			queues = append(queues, q)
		}
		return queues
	}
	matches := matchers[x.kind]
	for _, bound := range x.bindings {
		if matches(bound.key, key) && !slices.Contains(queues, bound.queue) {
			queues = append(queues, bound.queue)
		}
	}
	return queues
}

// bind adds a binding, unless it is there.
func (x *exchange) bind(b binding) error {
	if slices.Contains(x.bindings, b) {
		return nil
	}
	if len(x.bindings) >= mostBindings {
		return hard(amqp08.ReplyResourceError, "exchange '%s' has %d bindings", x.name, len(x.bindings))
	}
	x.bindings = append(x.bindings, b)
	return nil
}

// unbind removes a queue from all exchanges, and those that want to go with their last binding.
func (b *Broker) unbind(q *queue) {
	for _, x := range b.exchanges {
		before := len(x.bindings)
		x.bindings = slices.DeleteFunc(x.bindings, func(bound binding) bool { return bound.queue == q })
		if x.autoDelete && before > 0 && len(x.bindings) == 0 {
			delete(b.exchanges, x.name)
		}
	}
}

// exchange finds an exchange; nil is the default one.
func (b *Broker) exchange(name string) (*exchange, error) {
	if name == "" {
		return nil, nil
	}
	if x := b.exchanges[name]; x != nil {
		return x, nil
	}
	return nil, missing("exchange", name)
}

func (c *channel) declareExchange(m *amqp08.ExchangeDeclare) error {
	if m.Exchange == "" {
		return soft(amqp08.ReplyAccessRefused, "operation not permitted on the default exchange")
	}
	if matchers[m.Type] == nil && !m.Passive {
		return hard(amqp08.ReplyCommandInvalid, "unknown exchange type '%s'", m.Type)
	}
	x, err := c.broker.exchange(m.Exchange)
	switch {
	case m.Passive && err != nil:
		return err
	case err != nil:
		err = c.broker.addExchange(m)
	case !m.Passive:
		err = x.sameAs(m)
	}
	if err != nil {
		return err
	}
	return c.reply(m.NoWait, new(amqp08.ExchangeDeclareOK))
}

func (b *Broker) addExchange(m *amqp08.ExchangeDeclare) error {
	switch {
	case strings.HasPrefix(m.Exchange, "amq."):
		return reserved("exchange", m.Exchange)
	case len(b.exchanges) >= mostNames:
		return hard(amqp08.ReplyResourceError, "there are %d exchanges", len(b.exchanges))
	}
	b.exchanges[m.Exchange] = &exchange{
		name: m.Exchange, kind: m.Type,
		durable: m.Durable, autoDelete: m.AutoDelete, internal: m.Internal,
		arguments: m.Arguments,
	}
	return nil
}

func reserved(kind, name string) error {
	return soft(amqp08.ReplyAccessRefused, "%s name '%s' contains reserved prefix 'amq.*'", kind, name)
}

// sameAs checks that a repeated declaration says what the first did.
func (x *exchange) sameAs(m *amqp08.ExchangeDeclare) error {
	what := ""
	switch {
	case x.kind != m.Type:
		what = "type"
	case x.durable != m.Durable:
		what = "durable"
	case x.autoDelete != m.AutoDelete:
		what = "auto_delete"
	case x.internal != m.Internal:
		what = "internal"
	case x.arguments != m.Arguments:
		what = "arguments"
	default:
		return nil
	}
	return soft(replyPreconditionFailed, "inequivalent arg '%s' for exchange '%s' in vhost '/'", what, x.name)
}

// deleteExchange deletes an exchange; one that does not exist is as good as deleted.
func (c *channel) deleteExchange(m *amqp08.ExchangeDelete) error {
	x := c.broker.exchanges[m.Exchange]
	switch {
	case m.Exchange == "":
		return soft(amqp08.ReplyAccessRefused, "operation not permitted on the default exchange")
	case strings.HasPrefix(m.Exchange, "amq."):
		return reserved("exchange", m.Exchange)
	case x != nil && m.IfUnused && len(x.bindings) > 0:
		return soft(replyPreconditionFailed, "exchange '%s' in vhost '/' in use", m.Exchange)
	}
	delete(c.broker.exchanges, m.Exchange)
	return c.reply(m.NoWait, new(amqp08.ExchangeDeleteOK))
}
