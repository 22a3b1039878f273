/* What sending.py asks of a binding, by bindings/csharp.  Mono has no JSON of its own: the plan comes as NAME=VALUE, and what is told is written by hand. */
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Postrider;

public static class Sender
{
	private static ILookup<string, string> plan;

	private static string One(string name)
	{
		return plan[name].FirstOrDefault();
	}

	private static Dictionary<string, string> Options()
	{
		return plan["options"].Select(one => one.Split(new[] { ':' }, 2)).ToDictionary(pair => pair[0], pair => pair[1]);
	}

	private static Mail Compose()
	{
		return new Mail(One("sender"), null, One("subject")) { Text = One("text") }.To(plan["to"].ToArray());
	}

	/* ---- JSON ---- */

	private static string Quoted(string text)
	{
		if (text == null)
			return "null";
		var made = new StringBuilder("\"");
		foreach (var c in text)
			made.Append(c < ' ' || c == '"' || c == '\\' ? "\\u" + ((int)c).ToString("x4") : c.ToString());
		return made.Append('"').ToString();
	}

	private static string List(IEnumerable<string> values)
	{
		return "[" + string.Join(",", values) + "]";
	}

	private static string Short(IEnumerable<Recipient> result)
	{
		return List(result.Select(one => List(new[] { Quoted(one.Address), Quoted(one.State.ToString().ToLowerInvariant()), Quoted(one.Class) })));
	}

	private static string Rows(IEnumerable<Recipient> result)
	{
		return List(result.Select(one => List(new[] { Quoted(one.Address), Quoted(one.State.ToString().ToLowerInvariant()), Quoted(one.Class), one.Code.ToString(),
		                                              one.Delivered ? "true" : "false" })));
	}

	/* ---- what is asked ---- */

	private static string Send()
	{
		using (var mail = Compose().Cc(One("cc")).Attach(One("path")).AttachMemory("note.txt", Encoding.UTF8.GetBytes(One("memory"))))
		{
			mail.Html = One("html");
			var result = mail.Send(One("server"), new Dictionary<string, string>(Options()) { ["name"] = null }); // as if it were left out
			return "{\"version\":" + Quoted(Library.Version) + ",\"status\":" + result.Status + ",\"error\":" + Quoted(result.Error)
			       + ",\"lines\":" + List(result.Select(one => Quoted(one.ToString()))) + ",\"rows\":" + Rows(result) + ",\"json\":" + result.Json + "}";
		}
	}

	private static string Each()
	{
		var watched = new List<string>();
		using (var client = new Client(Options()))
		using (var mail = new Mail(One("sender"), subject: One("subject")) { Text = One("text") })
		{
			client.Watch((address, line) =>
			{
				watched.Add(address);
				return false;
			});
			var result = client.SendEach(mail, plan["columns"].ToList(), plan["values"].Select(row => row.Split('|')));
			return "{\"rows\":" + Rows(result) + ",\"watched\":" + List(watched.Select(Quoted)) + "}";
		}
	}

	private static Stream Filled(char letter)
	{
		return new MemoryStream(Encoding.ASCII.GetBytes(new string(letter, int.Parse(One("n_octets")))));
	}

	private static string Source()
	{
		var opened = new List<Stream>();
		Result result;
		using (var mail = Compose().AttachStream("s.bin", Filled('s')))
		{
			mail.AttachSource("r.bin", () =>
			{
				opened.Add(Filled('r'));
				return opened.Last();
			}, int.Parse(One("n_octets")));
			GC.Collect(); // what C calls is kept
			result = mail.Send(options: Options());
		}
		if (opened.Any(stream => stream.CanRead))
			throw new Exception("a source is left open");
		return "{\"rows\":" + Rows(result) + ",\"begun\":" + opened.Count + "}";
	}

	private static bool IsBusy(Action change)
	{
		try
		{
			change();
			return false;
		}
		catch (InvalidOperationException)
		{
			return true;
		}
	}

	private static async Task<string> Cancel()
	{
		using (var client = new Client(Options()))
		using (var stop = new CancellationTokenSource())
		using (var mail = Compose())
		{
			client.Watch((address, line) =>
			{
				stop.Cancel(); // one.test is decided; silent.test stays so
				return false;
			});
			var cancelled = "null";
			try
			{
				var sent = client.SendAsync(mail, token: stop.Token);
				if (!IsBusy(() => mail.Subject = "another") || !IsBusy(() => client.Set("port", "1")))
					throw new Exception("a mail and its client can be changed while it is sent");
				await sent;
			}
			catch (SendCanceledException canceled)
			{
				cancelled = Short(canceled.Result);
			}
			client.Watch(null);
			using (var other = new Mail(One("sender"), plan["to"].First(), One("subject")) { Text = One("text") })
				return "{\"cancelled\":" + cancelled + ",\"after\":" + Short(await client.SendAsync(other)) + "}";
		}
	}

	private sealed class Broken : MemoryStream
	{
		public override int Read(byte[] octets, int from, int n)
		{
			throw new InvalidDataException("mine");
		}
	}

	/* [the exception's words, the rows that it has] */
	private static string Caught(Action call)
	{
		try
		{
			call();
		}
		catch (InvalidDataException thrown)
		{
			var result = (Result)thrown.Data["Result"];
			return List(new[] { Quoted(thrown.Message), result == null ? "null" : Short(result) });
		}
		return "null";
	}

	private static string Throws()
	{
		using (var client = new Client(Options()))
		{
			client.Watch((address, line) => { throw new InvalidDataException("mine"); });
			var told = "{\"watch\":" + Caught(() => client.Send(Compose()));
			client.Watch(null);
			client.Token((user, host) => { throw new InvalidDataException("mine"); });
			told += ",\"token\":" + Caught(() => client.SendAsync(Compose(), One("server")).GetAwaiter().GetResult());
			told += ",\"open\":" + Caught(() => client.Send(Compose().AttachSource("x", () => { throw new InvalidDataException("mine"); })));
			told += ",\"read\":" + Caught(() => client.Send(Compose().AttachSource("x", () => new Broken())));
			told += ",\"stream\":" + Quoted(Caught(() => Compose().AttachStream("x", new Broken())) == "[\"mine\",null]" ? "mine" : null);
			using (var other = new Mail(One("sender"), plan["to"].First(), One("subject")) { Text = One("text") })
				return told + ",\"after\":" + Short(client.Send(other)) + "}";
		}
	}

	private static string Token()
	{
		var asked = new List<string>();
		var rows = new List<Recipient>();
		var tokens = new Queue<string>(new[] { null, "wrong-1", "good-1" });
		using (var client = new Client(Options()))
		using (var mail = Compose())
		{
			client.Token((user, host) =>
			{
				asked.Add(List(new[] { Quoted(user), Quoted(host) }));
				return tokens.Dequeue();
			});
			GC.Collect(); // what C calls is kept
			for (var i = 0; i < 3; i++)
				rows.AddRange(client.Send(mail, One("server")));
		}
		return "{\"asked\":" + List(asked) + ",\"rows\":" + Rows(rows) + "}";
	}

	private static string Refused()
	{
		var calls = new Action[]
		{
			() => new Mail("a@x.test", "b@y.test", "Hi\nBcc: x@evil.test"), () => new Mail("a@x.test").To("nobody"), () => new Mail().Header("X", "a\r\nY: b"),
			() => new Mail().Attach("/no/such"), () => new Mail { Subject = "a\0b" }.ToString(), () => new Client { ["dns"] = "nowhere" }.ToString(),
			() => new Client().Set("no-such", "1"),
		};
		return List(calls.Select(call =>
		{
			try
			{
				call();
			}
			catch (PostriderException error)
			{
				return "[" + error.Code + "," + Quoted(error.Message) + "]";
			}
			return "null";
		}));
	}

	private static int Size()
	{
		return File.ReadAllLines("/proc/self/status").Where(line => line.StartsWith("VmRSS:")).Select(line => int.Parse(line.Split(' ').Reverse().Skip(1).First().Trim())).Single();
	}

	/* Half of them is forgotten, and freed when it is collected. */
	private static string Memory()
	{
		var before = Size();
		var octets = new byte[1 << 20];
		for (var i = 0; i < int.Parse(One("n")); i++)
		{
			var mail = new Mail("a@x.test", "b@y.test", "s").AttachMemory("x", octets);
			if (i % 10 == 0)
				mail.Octets();
			if (i % 2 == 0)
				mail.Dispose();
			if (i % 20 != 0)
				continue;
			GC.Collect();
			GC.WaitForPendingFinalizers();
		}
		return (Size() - before).ToString();
	}

	public static void Main(string[] args)
	{
		var doing = new Dictionary<string, Func<string>> { ["send"] = Send, ["each"] = Each, ["source"] = Source, ["cancel"] = () => Cancel().Result,
			["throws"] = Throws, ["token"] = Token, ["refused"] = Refused, ["memory"] = Memory };
		plan = args.Skip(1).Select(one => one.Split(new[] { '=' }, 2)).ToLookup(pair => pair[0], pair => pair[1]);
		Console.WriteLine(doing[args[0]]());
	}
}
