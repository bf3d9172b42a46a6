//amqpgen:requires access.request

package client

import "context"

// RequestAccess asks for a ticket to a realm, for the options that take one.
// Today's servers grant any and look at none.
func (c *Channel) RequestAccess(ctx context.Context, realm string, o *AccessOptions) (ticket uint16, err error) {
	ok, err := c.AccessRequest(ctx, *o.request(realm))
	return ok.Ticket, err
}
