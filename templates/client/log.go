package client

import (
	"context"
	"log/slog"
)

// log tells the program's logger, if there is one.
func (c *Config) log(level slog.Level, text string, attrs ...slog.Attr) {
	if c.Logger != nil {
		c.Logger.LogAttrs(context.Background(), level, text, attrs...)
	}
}

// log tells it of the connection. The reader may call it: nobody waits for the
// logger.
func (c *Connection) log(level slog.Level, text string, attrs ...slog.Attr) {
	if c.config.Logger == nil {
		return
	}
	attrs = append([]slog.Attr{slog.String("address", c.RemoteAddr().String())}, attrs...)
	c.notice(func() { c.config.log(level, text, attrs...) })
}

// log tells it of the channel.
func (c *Channel) log(level slog.Level, text string, attrs ...slog.Attr) {
	c.conn.log(level, text, append([]slog.Attr{slog.Int("channel", int(c.id))}, attrs...)...)
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
	c.log(slog.LevelInfo, "connected",
		slog.Any("product", product),
		slog.Any("version", version),
		slog.Int("channel_max", c.channelMax),
		slog.Int("frame_max", c.frameMax),
		slog.Duration("heartbeat", c.interval))
}

// logEnd says why the connection has ended.
func (c *Connection) logEnd(err error) {
	level := slog.LevelError
	if err == ErrClosed {
		level = slog.LevelInfo
	}
	c.log(level, "connection closed", slog.Any("cause", err))
}
