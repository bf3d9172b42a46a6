package plan

// Identifiers returns by which names Go code speaks of methods, and of which:
// their structs, keys and calls, the functions that take them in hand, the
// interfaces of their replies, and the options of the verbs that send them.
func (p *Package) Identifiers() map[string]*Method {
	out := map[string]*Method{}
	for _, cl := range p.Classes {
		for _, m := range cl.Methods {
			out[m.Name], out[m.Key], out[hook(m)] = m, m, m
			if m.Request != nil && m.Request.Union {
				out[m.Request.Reply] = m
			}
			if m.Request != nil && m.Request.NoWait != nil {
				out[m.Name+"NoWait"] = m
			}
		}
	}
	for _, o := range p.Options {
		out[o.Name] = o.Method
	}
	return out
}
