package client

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"
)

// Keeper keeps a connection up: when one ends, another is dialed, for ever, with
// the same URI and config. What a program does over it goes through
// [Keeper.Channel]. Its methods are safe for any number of goroutines.
//
// Nothing is repeated behind the program's back: see [KeptChannel].
type Keeper struct {
	uri     string
	config  Config
	options KeeperOptions
	ctx     context.Context
	end     context.CancelCauseFunc
	done    chan struct{}

	mu      sync.Mutex
	state   KeeperState
	conn    *Connection   // nil while there is none
	retired bool          // no further connection is wanted
	changed chan struct{} // closed at the next change
	outbox  outbox        // for OnState
}

// KeeperOptions are the options of [Keep]. Nil or zero means the defaults.
type KeeperOptions struct {
	// FirstDelay and MostDelay bound the time from one attempt to the next. It
	// doubles with each failure, and chance takes up to half of it off. 0 means
	// 100 ms and 30 s. After a connection that has lasted for MostDelay the first
	// attempt comes at once.
	FirstDelay, MostDelay time.Duration

	// OnState hears of each change, one at a time and in order. It may call
	// anything.
	OnState func(KeeperState)
}

// KeeperState says how a [Keeper] is doing.
type KeeperState struct {
	Up       bool
	Epoch    uint64 // connections so far, this one included
	Attempts int    // that failed since the last connection ended
	Err      error  // why the last connection ended or the last attempt failed; nil while up
}

// Keep begins to keep a connection up, until ctx ends, or Close or Shutdown is
// called. It does not wait for the first one; [Keeper.Connection] does. It fails
// only on what no attempt could mend, such as a URI that cannot be read.
func Keep(ctx context.Context, uri string, config *Config, o *KeeperOptions) (*Keeper, error) {
	k := &Keeper{
		uri:     uri,
		config:  config.withDefaults(),
		options: o.withDefaults(),
		done:    make(chan struct{}),
		changed: make(chan struct{}),
	}
	checked := k.config
	if _, err := parseURI(uri, &checked); err != nil {
		return nil, &OpError{Op: "keep", Err: err}
	}
	k.ctx, k.end = context.WithCancelCause(ctx)
	go k.run()
	return k, nil
}

func (o *KeeperOptions) withDefaults() KeeperOptions {
	var out KeeperOptions
	if o != nil {
		out = *o
	}
	if out.MostDelay <= 0 {
		out.MostDelay = 30 * time.Second
	}
	if out.FirstDelay <= 0 {
		out.FirstDelay = 100 * time.Millisecond
	}
	out.FirstDelay = min(out.FirstDelay, out.MostDelay)
	return out
}

// run dials, waits for the end, and dials again.
func (k *Keeper) run() {
	defer close(k.done)
	defer k.end(ErrClosed)
	pause := k.backoff()
	for {
		if err := pause.wait(k.ctx, nil); err != nil {
			k.over(err)
			return
		}
		conn, err := Dial(k.ctx, k.uri, &k.config)
		if err != nil {
			pause.failed()
			k.failed(err)
			continue
		}
		begun := time.Now()
		k.serve(conn)
		if k.isRetired() {
			k.over(ErrClosed)
			return
		}
		if pause.failed(); time.Since(begun) > k.options.MostDelay {
			pause.failures = 0
		}
	}
}

func (k *Keeper) backoff() backoff {
	return backoff{first: k.options.FirstDelay, most: k.options.MostDelay}
}

// serve offers a connection until it ends, or all does.
func (k *Keeper) serve(conn *Connection) {
	k.up(conn)
	select {
	case <-conn.Done():
	case <-k.ctx.Done():
		conn.Close()
	}
	k.down(conn.Err())
}

func (k *Keeper) up(conn *Connection) {
	k.mu.Lock()
	defer k.mu.Unlock()
	conn.epoch = k.state.Epoch + 1
	k.conn = conn
	k.announce(KeeperState{Up: true, Epoch: conn.epoch})
}

func (k *Keeper) down(cause error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.conn = nil
	k.announce(KeeperState{Epoch: k.state.Epoch, Err: cause})
}

func (k *Keeper) failed(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.announce(KeeperState{Epoch: k.state.Epoch, Attempts: k.state.Attempts + 1, Err: err})
	k.warn("connecting failed", k.state.Attempts, err)
}

// warn tells the program's logger of attempts that fail.
func (k *Keeper) warn(text string, attempts int, err error) {
	if k.config.Logger != nil {
		k.notice(func() {
			k.config.log(Logger.Warn, text, "attempts", attempts, "cause", err)
		})
	}
}

// over announces that there will be no more.
func (k *Keeper) over(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.state.Err != ErrClosed || err != ErrClosed { // else that was said with the last connection
		k.announce(KeeperState{Epoch: k.state.Epoch, Attempts: k.state.Attempts, Err: err})
	}
	k.outbox.end()
}

// announce sets the state and tells all who wait for it. k.mu is held.
func (k *Keeper) announce(s KeeperState) {
	k.state = s
	close(k.changed)
	k.changed = make(chan struct{})
	if onState := k.options.OnState; onState != nil {
		k.notice(func() { onState(s) })
	}
}

// notice has a goroutine of the keeper's make a call to the program, behind
// those that came before.
func (k *Keeper) notice(call func()) {
	if _, start := k.outbox.put(event{call: call}); start {
		go k.outbox.run(nil)
	}
}

// ending reports whether the connection takes nothing more to send.
func (c *Connection) ending() bool {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	return c.w.err != nil
}

// State says how it is doing now.
func (k *Keeper) State() KeeperState {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state
}

// Done is closed when the keeper has ended, and its last connection with it.
func (k *Keeper) Done() <-chan struct{} { return k.done }

// Connection returns the connection that is up, and waits for one if there is
// none. If ctx ends first, the error holds also why the last attempt failed.
func (k *Keeper) Connection(ctx context.Context) (*Connection, error) {
	for {
		k.mu.Lock()
		conn, last, changed := k.conn, k.state.Err, k.changed
		k.mu.Unlock()
		if conn != nil && conn.Err() == nil {
			return conn, nil
		}
		select {
		case <-changed:
		case <-k.done:
			return nil, &OpError{Op: "connect", Err: context.Cause(k.ctx)}
		case <-ctx.Done():
			return nil, &OpError{Op: "connect", Err: errors.Join(context.Cause(ctx), last)}
		}
	}
}

// Close ends the keeper and its connection, as [Connection.Close] does. It may
// be called from anywhere: it does not wait for long for a function of the
// program that is in the way, such as Config.Dialer.
func (k *Keeper) Close() error {
	k.end(ErrClosed)
	timeout := time.NewTimer(closeWait + closeMoment)
	defer timeout.Stop()
	select {
	case <-k.done:
		return nil
	case <-timeout.C:
		return &OpError{Op: "close keeper", Sent: MaybeSent, Err: &TransportError{Stage: "close", Err: os.ErrDeadlineExceeded}}
	}
}

// Shutdown ends the keeper, and its connection as [Connection.Shutdown] does.
func (k *Keeper) Shutdown(ctx context.Context) error {
	var err error
	if conn := k.retire(); conn != nil {
		err = conn.Shutdown(ctx)
	}
	return errors.Join(err, k.Close())
}

// retire has the connection that is up be the last one, and returns it.
func (k *Keeper) retire() *Connection {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.retired = true
	return k.conn
}

func (k *Keeper) isRetired() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.retired
}
