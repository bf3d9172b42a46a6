package client

import (
	"context"
	"fmt"
	"io"
)

// PublishFrom is [Channel.Publish] of a body that is read while it is sent, and
// never held whole. size octets are read of it, no more.
//
// Other channels' messages go out between its frames. On this channel nothing
// can: what else is sent on it, Close included, waits until the last frame is
// queued. Neither is body to wait for this channel.
//
// A message that was begun cannot be taken back. If body fails or ends early, or
// ctx ends, before the last frame is queued, the connection ends, because of a
// [*BodyError]; the error says MaybeSent, though no server takes part of a message
// for the whole. What fails within the first 64 KiB is NotSent and ends nothing.
// ctx does not interrupt body: PublishFrom returns once its Read does.
func (c *Channel) PublishFrom(ctx context.Context, exchange, routingKey string, properties BasicProperties, body io.Reader, size int64, o *PublishOptions) error {
	m := o.publish(exchange, routingKey)
	if err := c.checkReturns(m, false); err != nil {
		return err
	}
	_, err := c.postFrom(ctx, m, &properties, body, size, false)
	return err
}

// PublishReceiptFrom is to PublishFrom what [Channel.PublishReceipt] is to
// [Channel.Publish].
func (c *Channel) PublishReceiptFrom(ctx context.Context, exchange, routingKey string, properties BasicProperties, body io.Reader, size int64, o *PublishOptions) (*Receipt, error) {
	m := o.publish(exchange, routingKey)
	return c.postFrom(ctx, m, &properties, body, size, true)
}

// BodyError says that the body of a message could not be read to its end.
type BodyError struct {
	Read, Size int64 // octets
	Err        error // the reader's, io.ErrUnexpectedEOF if it ended early, or the context's cause
}

func (e *BodyError) Error() string {
	return fmt.Sprintf("the body of a message ends after %d of %d octets: %v", e.Read, e.Size, e.Err)
}

// Unwrap returns the reader's or the context's error.
func (e *BodyError) Unwrap() error { return e.Err }

// postFrom is post of a body that is to be read.
func (c *Channel) postFrom(ctx context.Context, m *BasicPublish, properties *BasicProperties, body io.Reader, size int64, receipt bool) (*Receipt, error) {
	if err := checkBody(body, size); err != nil {
		return nil, c.opError(opPublish, NotSent, err)
	}
	ctx, ended := c.hookPublish(ctx, m, properties, size)
	r, err := c.enqueueFrom(ctx, m, properties, body, size, receipt)
	ended(err)
	return r, err
}

// enqueueFrom queues a body whole that fits into one chunk, and streams a longer
// one.
func (c *Channel) enqueueFrom(ctx context.Context, m *BasicPublish, properties *BasicProperties, body io.Reader, size int64, receipt bool) (*Receipt, error) {
	p := &posting{channel: c, body: body, size: size, left: size}
	chunk := make([]byte, min(size, int64(c.conn.w.chunk())))
	if err := p.read(chunk); err != nil {
		return nil, c.opError(opPublish, NotSent, p.failure(err))
	}
	if int64(len(chunk)) == size {
		return c.enqueue(ctx, m, properties, chunk, receipt)
	}
	if err := p.begin(ctx, m, properties, receipt); err != nil {
		return nil, c.opError(opPublish, NotSent, err)
	}
	if err := p.run(ctx, chunk); err != nil {
		return p.receipt, c.opError(opPublish, reached(err, m.ID()), err)
	}
	return p.receipt, nil
}

func checkBody(body io.Reader, size int64) error {
	switch {
	case size < 0:
		return &UsageError{Field: "size", Reason: "is below zero"}
	case body == nil && size > 0:
		return &UsageError{Field: "body", Reason: "is nil"}
	}
	return nil
}
