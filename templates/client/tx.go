//amqpgen:requires tx.select

package client

import "context"

// SelectTx makes the channel transactional, for good: what is published and
// acknowledged on it takes effect at CommitTx, all of it or nothing, and is
// taken back by RollbackTx.
func (c *Channel) SelectTx(ctx context.Context) error {
	_, err := c.TxSelect(ctx, TxSelect{})
	return err
}

// CommitTx makes all since the last commit or rollback take effect. Nil means
// that the server has it.
func (c *Channel) CommitTx(ctx context.Context) error {
	_, err := c.TxCommit(ctx, TxCommit{})
	return err
}

// RollbackTx takes back all since the last commit or rollback.
func (c *Channel) RollbackTx(ctx context.Context) error {
	_, err := c.TxRollback(ctx, TxRollback{})
	return err
}
