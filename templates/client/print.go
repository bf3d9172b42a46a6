package client

import "fmt"

// String says where the connection leads.
func (c *Connection) String() string { return "connection to " + c.RemoteAddr().String() }

// Format is String for every verb: what is within may be in use, or secret.
func (c *Connection) Format(s fmt.State, _ rune) { fmt.Fprint(s, c.String()) }

// String gives the channel's number, and its connection.
func (c *Channel) String() string { return fmt.Sprintf("channel %d of %v", c.id, c.conn) }

// Format is String for every verb: what is within may be in use.
func (c *Channel) Format(s fmt.State, _ rune) { fmt.Fprint(s, c.String()) }

// String says no more, since the URI holds a password.
func (k *Keeper) String() string { return "keeper of a connection" }

// Format is String for every verb.
func (k *Keeper) Format(s fmt.State, _ rune) { fmt.Fprint(s, k.String()) }

// String says no more, since the channel comes and goes.
func (c *KeptChannel) String() string { return "kept channel" }

// Format is String for every verb: what is within may be in use.
func (c *KeptChannel) Format(s fmt.State, _ rune) { fmt.Fprint(s, c.String()) }
