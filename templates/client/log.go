package client

// Logger is what [Config] asks of a logger: a message, and keys and values in
// turn that go with it. [*log/slog.Logger] is one; the package does without
// log/slog itself, so that a program without it stays smaller.
type Logger interface {
	Info(msg string, args ...any)
	Warn(msg string, args ...any)
	Error(msg string, args ...any)
}

// level is a method of [Logger].
type level = func(l Logger, msg string, args ...any)

// log tells the program's logger, if there is one.
func (c *Config) log(at level, text string, args ...any) {
	if c.Logger != nil {
		at(c.Logger, text, args...)
	}
}

// log tells it of the connection. The reader may call it: nobody waits for the
// logger.
func (c *Connection) log(at level, text string, args ...any) {
	if c.config.Logger == nil {
		return
	}
	args = append([]any{"address", c.RemoteAddr().String()}, args...)
	c.notice(func() { c.config.log(at, text, args...) })
}

// log tells it of the channel.
func (c *Channel) log(at level, text string, args ...any) {
	c.conn.log(at, text, append([]any{"channel", c.id}, args...)...)
}

// notice has a goroutine of the connection's make a call to the program, behind
// those that came before. If so many wait that the program cannot be listening,
// it misses this one: here nothing is bounded by what it asked for.
func (c *Connection) notice(call func()) {
	if _, start := c.notices.put(event{call: call}); start {
		go c.notices.run(nil)
	}
}

// logConnected says with whom the connection is and what was agreed on.
func (c *Connection) logConnected() {
	product, _ := c.properties.Get("product")
	version, _ := c.properties.Get("version")
	c.log(Logger.Info, "connected",
		"product", product,
		"version", version,
		"channel_max", c.channelMax,
		"frame_max", c.frameMax,
		"heartbeat", c.interval)
}

// logEnd says why the connection has ended.
func (c *Connection) logEnd(err error) {
	at := Logger.Error
	if err == ErrClosed {
		at = Logger.Info
	}
	c.log(at, "connection closed", "cause", err)
}
