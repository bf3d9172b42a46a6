//amqpgen:requires queue.declare

package client

import "context"

// Queue adds what [Channel.DeclareQueue] declares. A queue without a name gets
// another one each time.
func (t *Topology) Queue(queue string, o *QueueOptions) *TopologyQueue {
	var options QueueOptions
	if o != nil {
		options = *o
	}
	q := &TopologyQueue{name: queue}
	t.Add(func(ctx context.Context, ch *Channel) error {
		declared, err := ch.DeclareQueue(ctx, queue, &options)
		if err != nil {
			return err
		}
		q.mu.Lock()
		defer q.mu.Unlock()
		q.name = declared.Name
		return nil
	})
	return q
}
