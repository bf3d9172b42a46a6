package client

import (
	"encoding/hex"
	"testing"
)

// TestTransferBody holds the body of message.transfer to the vectors of an
// old client of Qpid's.
func TestTransferBody(t *testing.T) {
	for want, body := range map[string]TransferBody{
		"00c7000a0000000014" + hex.EncodeToString([]byte("hello inline message")): {Data: "hello inline message"},
		"00c7000a0100000007" + hex.EncodeToString([]byte("dummyId")):              {Reference: true, Data: "dummyId"},
	} {
		got, err := MessageTransfer{Body: body}.AppendBinary(nil)
		if err != nil || hex.EncodeToString(got) != want {
			t.Errorf("got %x, %v; want %s", got, err, want)
		}
		var back MessageTransfer
		if err := back.UnmarshalBinary(got); err != nil || back.Body != body {
			t.Errorf("got %v, %v", back, err)
		}
	}
	var m MessageTransfer
	if err := m.UnmarshalBinary([]byte{0, 199, 0, 10, 2, 0, 0, 0, 0}); err == nil || err.Error() != "message.transfer.body: offset 4: begins with 2; it is 0 for data, or 1 for a reference" {
		t.Errorf("got %v", err)
	}
}
