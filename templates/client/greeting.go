package client

import (
	"fmt"
	"io"
)

// VersionError says that the server does not speak the package's version of
// AMQP. It has answered with the protocol header of one that it speaks.
type VersionError struct {
	Offered string // such as 0-9-1; empty if the header is of none that is known
	Header  [8]byte
}

func (e *VersionError) Error() string {
	s := "the server does not speak AMQP " + specName + "; it offers "
	if e.Offered == "" {
		return s + fmt.Sprintf("the protocol header %q", e.Header[:])
	}
	return s + e.Offered
}

// versions tells the version by what stands behind AMQP in a header.
var versions = map[[4]byte]string{
	{1, 1, 8, 0}:  "0-8",
	{1, 1, 0, 9}:  "0-9",
	{0, 0, 9, 1}:  "0-9-1",
	{1, 1, 0, 10}: "0-10",
	{0, 1, 0, 0}:  "1.0",
	{2, 1, 0, 0}:  "1.0 over TLS",
	{3, 1, 0, 0}:  "1.0 after SASL",
}

// greet reads the first octet that the server says, which begins a frame. A
// server that does not speak this version answers with the protocol header of
// one that it does; what is no server for AMQP, with something else.
func (h *handshake) greet() (byte, error) {
	var said [64]byte
	if _, err := io.ReadFull(h.nc, said[:1]); err != nil {
		return 0, err
	}
	if said[0] >= FrameMethod && said[0] <= FrameHeartbeat {
		return said[0], nil
	}
	n, _ := io.ReadAtLeast(h.nc, said[1:], len(protocolHeader)-1) // as much as there is
	return 0, h.stranger(said[:1+n])
}

// stranger tells what begins with these octets instead of a frame.
func (h *handshake) stranger(said []byte) error {
	const alert, version = 0x15, 3 // of TLS
	switch {
	case len(said) >= len(protocolHeader) && string(said[:4]) == "AMQP":
		h.problem = ProblemVersion
		header := [8]byte(said)
		return &VersionError{Offered: versions[[4]byte(header[4:])], Header: header}
	case len(said) > 1 && said[0] == alert && said[1] == version:
		h.problem = ProblemTLSWanted
		return &ProtocolError{Reason: "the server speaks TLS"}
	}
	h.problem = ProblemNotAMQP
	return &ProtocolError{Reason: fmt.Sprintf("the server does not speak AMQP; it says %q", said)}
}
