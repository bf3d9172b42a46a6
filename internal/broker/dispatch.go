package broker

import "github.com/amqpgen/amqpgen/generated/amqp08"

// dispatch finds the function for a method. The broker's lock is held from here on.
func (c *channel) dispatch(m amqp08.Method) error {
	switch m.ID().Class {
	case amqp08.ClassChannel:
		return c.channelMethod(m)
	case amqp08.ClassAccess:
		return c.accessMethod(m)
	case amqp08.ClassExchange:
		return c.exchangeMethod(m)
	case amqp08.ClassQueue:
		return c.queueMethod(m)
	case amqp08.ClassBasic:
		return c.basicMethod(m)
	case amqp08.ClassTx:
		return c.txMethod(m)
	}
	return notImplemented(m)
}

func (c *channel) channelMethod(m amqp08.Method) error {
	switch m := m.(type) {
	case *amqp08.ChannelFlow:
		return c.flow(m)
	case *amqp08.ChannelClose:
		return c.close()
	case *amqp08.ChannelCloseOK:
		return hard(amqp08.ReplyCommandInvalid, "nobody wants to close channel %d", c.id)
	}
	return notImplemented(m)
}

// accessMethod grants whatever is asked: nothing in the broker looks at a ticket.
func (c *channel) accessMethod(m amqp08.Method) error {
	if _, ok := m.(*amqp08.AccessRequest); ok {
		c.send(&amqp08.AccessRequestOK{Ticket: 1})
		return nil
	}
	return notImplemented(m)
}

func (c *channel) exchangeMethod(m amqp08.Method) error {
	switch m := m.(type) {
	case *amqp08.ExchangeDeclare:
		return c.declareExchange(m)
	case *amqp08.ExchangeDelete:
		return c.deleteExchange(m)
	}
	return notImplemented(m)
}

func (c *channel) queueMethod(m amqp08.Method) error {
	switch m := m.(type) {
	case *amqp08.QueueDeclare:
		return c.declareQueue(m)
	case *amqp08.QueueBind:
		return c.bindQueue(m)
	case *amqp08.QueuePurge:
		return c.purgeQueue(m)
	case *amqp08.QueueDelete:
		return c.deleteQueue(m)
	}
	return notImplemented(m)
}

func (c *channel) basicMethod(m amqp08.Method) error {
	switch m := m.(type) {
	case *amqp08.BasicPublish:
		return c.beginPublish(m)
	case *amqp08.BasicGet:
		return c.get(m)
	case *amqp08.BasicQos:
		return c.qos(m)
	case *amqp08.BasicConsume:
		return c.consume(m)
	case *amqp08.BasicCancel:
		return c.cancel(m)
	case *amqp08.BasicAck:
		return c.settle(m.DeliveryTag, m.Multiple, false)
	case *amqp08.BasicReject:
		return c.settle(m.DeliveryTag, false, m.Requeue)
	case *amqp08.BasicRecover:
		return c.recover(m)
	}
	return notImplemented(m)
}

func (c *channel) txMethod(m amqp08.Method) error {
	switch m.(type) {
	case *amqp08.TxSelect:
		return c.selectTx()
	case *amqp08.TxCommit:
		return c.commitTx()
	case *amqp08.TxRollback:
		return c.rollbackTx()
	}
	return notImplemented(m)
}
