package live

import (
	"context"
	"net"
	"sync"
)

// severable dials, and cuts what it has dialled.
type severable struct {
	mu sync.Mutex
	nc net.Conn
}

func (s *severable) dial(ctx context.Context, network, address string) (net.Conn, error) {
	nc, err := new(net.Dialer).DialContext(ctx, network, address)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nc = nc
	return nc, err
}

func (s *severable) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nc.Close()
}
