/* Mail from a .NET program, and it knows what became of it, recipient by recipient.
 *
 *	var mail = new Postrider.Mail("Alice <alice@example.org>", "bob@example.net", "Report") { Text = "It is attached." };
 *	foreach (var one in mail.Attach("report.pdf").Send())
 *		Console.WriteLine(one);    // delivered  bob@example.net  mx.example.net: 250 2.0.0 ok
 *
 * libpostrider by P/Invoke, for .NET Standard 2.0 and later, and Mono.  The names are those of include/postrider.h, which says what each
 * call takes.  The library is $POSTRIDER_LIBRARY, else libpostrider.so.1 where the system finds it.  One thread at a time for each Mail
 * and Client, but for Client.Cancel.
 */
using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;

namespace Postrider
{
	/// <summary>What a call refused, in the library's words.</summary>
	public class PostriderException : Exception
	{
		/// <summary>enum postrider_error</summary>
		public int Code { get; }

		public PostriderException(int code, string words) : base(words)
		{
			Code = code;
		}
	}

	/// <summary>A send was ended by its token.</summary>
	public class SendCanceledException : OperationCanceledException
	{
		/// <summary>What became of each recipient until then.</summary>
		public Result Result { get; }

		public SendCanceledException(Result result, CancellationToken token) : base("the send was cancelled", token)
		{
			Result = result;
		}
	}

	/* What functions of the program threw while C called them: the first comes out of the call that called it, with the Result as
	 * Data["Result"]. */
	internal sealed class Thrown
	{
		private ExceptionDispatchInfo first;

		internal void Add(Exception thrown)
		{
			Interlocked.CompareExchange(ref first, ExceptionDispatchInfo.Capture(thrown), null);
		}

		internal void Rethrow(Result result)
		{
			var thrown = Interlocked.Exchange(ref first, null);
			if (thrown == null)
				return;
			if (result != null)
				thrown.SourceException.Data["Result"] = result;
			thrown.Throw();
		}
	}

	/* $POSTRIDER_LIBRARY, before the first call: one that is loaded is found by its name.  A class of its own, since Mono looks for the
	 * library before it runs the constructor of the class that has the calls. */
	internal static class Loader
	{
		private const int RTLD_NOW = 2;

		[DllImport("libdl.so.2", CallingConvention = CallingConvention.Cdecl)] private static extern IntPtr dlopen(byte[] path, int flags);

		internal static void Load()
		{
			var path = Environment.GetEnvironmentVariable("POSTRIDER_LIBRARY");
			if (!string.IsNullOrEmpty(path) && dlopen(Encoding.UTF8.GetBytes(path + "\0"), RTLD_NOW) == IntPtr.Zero)
				throw new DllNotFoundException("POSTRIDER_LIBRARY names " + path + ", which cannot be loaded");
		}
	}

	internal sealed class MailHandle : SafeHandleZeroOrMinusOneIsInvalid
	{
		public MailHandle() : base(true)
		{
		}

		protected override bool ReleaseHandle()
		{
			Native.postrider_mail_free(handle);
			return true;
		}
	}

	internal sealed class ClientHandle : SafeHandleZeroOrMinusOneIsInvalid
	{
		public ClientHandle() : base(true)
		{
		}

		protected override bool ReleaseHandle()
		{
			Native.postrider_client_free(handle);
			return true;
		}
	}

	internal sealed class ResultHandle : SafeHandleZeroOrMinusOneIsInvalid
	{
		public ResultHandle() : base(true)
		{
		}

		protected override bool ReleaseHandle()
		{
			Native.postrider_result_free(handle);
			return true;
		}
	}

	/* Text goes in as UTF-8 that ends in NUL, and comes out as a pointer to such. */
	internal static class Native
	{
		private const string Lib = "libpostrider.so.1";
		private const CallingConvention C = CallingConvention.Cdecl;

		[UnmanagedFunctionPointer(C)] internal delegate int Put(IntPtr arg, IntPtr octets, UIntPtr n);
		[UnmanagedFunctionPointer(C)] internal delegate int Get(IntPtr arg, IntPtr room, int n);
		[UnmanagedFunctionPointer(C)] internal delegate int Begin(IntPtr arg);
		[UnmanagedFunctionPointer(C)] internal delegate IntPtr Token(IntPtr arg, IntPtr user, IntPtr host);
		[UnmanagedFunctionPointer(C)] internal delegate int Decided(IntPtr arg, IntPtr result, UIntPtr i);

		[DllImport(Lib, CallingConvention = C)] internal static extern IntPtr postrider_version();
		[DllImport(Lib, CallingConvention = C)] internal static extern MailHandle postrider_mail_new(byte[] from, byte[] to, byte[] subject);
		[DllImport(Lib, CallingConvention = C)] internal static extern void postrider_mail_free(IntPtr m);
		[DllImport(Lib, CallingConvention = C)] internal static extern IntPtr postrider_mail_error(MailHandle m);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_from(MailHandle m, byte[] mailbox);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_to(MailHandle m, byte[] mailboxes);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_cc(MailHandle m, byte[] mailboxes);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_bcc(MailHandle m, byte[] mailboxes);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_reply_to(MailHandle m, byte[] mailbox);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_return_path(MailHandle m, byte[] address);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_subject(MailHandle m, byte[] subject);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_text(MailHandle m, byte[] text);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_html(MailHandle m, byte[] html);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_attach(MailHandle m, byte[] path);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_attach_memory(MailHandle m, byte[] name, byte[] type, byte[] octets, UIntPtr n);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_attach_stream(MailHandle m, byte[] name, byte[] type, Get get, IntPtr arg);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_attach_source(MailHandle m, byte[] name, byte[] type, long size, Get get, Begin begin, IntPtr arg);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_contact(MailHandle m, byte[] name, byte[] address, byte[] phone);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_inline(MailHandle m, byte[] path, byte[] id);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_inline_memory(MailHandle m, byte[] name, byte[] type, byte[] id, byte[] octets, UIntPtr n);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_header(MailHandle m, byte[] name, byte[] value);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_date(MailHandle m, long seconds);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_message_id(MailHandle m, byte[] id);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_unsubscribe(MailHandle m, byte[] url);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_raw(MailHandle m, byte[] octets, UIntPtr n);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_mail_write(MailHandle m, Put put, IntPtr arg);

		[DllImport(Lib, CallingConvention = C)] internal static extern ClientHandle postrider_client_new();
		[DllImport(Lib, CallingConvention = C)] internal static extern void postrider_client_free(IntPtr c);
		[DllImport(Lib, CallingConvention = C)] internal static extern IntPtr postrider_client_error(ClientHandle c);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_client_set(ClientHandle c, byte[] option, byte[] value);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_client_dkim(ClientHandle c, byte[] domain, byte[] selector, byte[] key);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_client_token(ClientHandle c, Token token, IntPtr arg);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_client_watch(ClientHandle c, Decided decided, IntPtr arg);
		[DllImport(Lib, CallingConvention = C)] internal static extern void postrider_client_cancel(ClientHandle c);
		[DllImport(Lib, CallingConvention = C)] internal static extern ResultHandle postrider_client_send(ClientHandle c, MailHandle m, byte[] server);
		[DllImport(Lib, CallingConvention = C)] internal static extern ResultHandle postrider_client_send_each(ClientHandle c, MailHandle m, byte[] server, IntPtr[] columns, IntPtr[] values, UIntPtr n_rows);

		[DllImport(Lib, CallingConvention = C)] internal static extern void postrider_result_free(IntPtr r);
		[DllImport(Lib, CallingConvention = C)] internal static extern UIntPtr postrider_result_count(ResultHandle r);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_result_status(ResultHandle r);
		[DllImport(Lib, CallingConvention = C)] internal static extern IntPtr postrider_result_json(ResultHandle r);
		[DllImport(Lib, CallingConvention = C)] internal static extern IntPtr postrider_result_error(ResultHandle r);
		[DllImport(Lib, CallingConvention = C)] internal static extern IntPtr postrider_result_route(ResultHandle r);
		[DllImport(Lib, CallingConvention = C)] internal static extern IntPtr postrider_result_line(ResultHandle r, UIntPtr i);
		[DllImport(Lib, CallingConvention = C, EntryPoint = "postrider_result_line")] internal static extern IntPtr line_of(IntPtr r, UIntPtr i);
		[DllImport(Lib, CallingConvention = C)] internal static extern IntPtr postrider_result_address(ResultHandle r, UIntPtr i);
		[DllImport(Lib, CallingConvention = C, EntryPoint = "postrider_result_address")] internal static extern IntPtr address_of(IntPtr r, UIntPtr i);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_result_state(ResultHandle r, UIntPtr i);
		[DllImport(Lib, CallingConvention = C)] internal static extern IntPtr postrider_result_class(ResultHandle r, UIntPtr i);
		[DllImport(Lib, CallingConvention = C)] internal static extern int postrider_result_code(ResultHandle r, UIntPtr i);
		[DllImport(Lib, CallingConvention = C)] internal static extern IntPtr postrider_result_enhanced(ResultHandle r, UIntPtr i);
		[DllImport(Lib, CallingConvention = C)] internal static extern IntPtr postrider_result_words(ResultHandle r, UIntPtr i);
		[DllImport(Lib, CallingConvention = C)] internal static extern IntPtr postrider_result_meaning(ResultHandle r, UIntPtr i);
		[DllImport(Lib, CallingConvention = C)] internal static extern IntPtr postrider_result_host(ResultHandle r, UIntPtr i);
		[DllImport(Lib, CallingConvention = C)] internal static extern IntPtr postrider_result_host_address(ResultHandle r, UIntPtr i);
		[DllImport(Lib, CallingConvention = C)] internal static extern IntPtr postrider_result_tls(ResultHandle r, UIntPtr i);
		[DllImport(Lib, CallingConvention = C)] internal static extern IntPtr postrider_result_tls_policy(ResultHandle r, UIntPtr i);
		[DllImport(Lib, CallingConvention = C)] internal static extern long postrider_result_ms(ResultHandle r, UIntPtr i);

		/* Another NUL would end it for C, so that the rest went unseen. */
		internal static byte[] Text(string value)
		{
			if (value == null)
				return null;
			if (value.IndexOf('\0') >= 0)
				throw new PostriderException(-1, "a value holds a NUL");
			return Encoding.UTF8.GetBytes(value + "\0");
		}

		internal static string Text(IntPtr text)
		{
			if (text == IntPtr.Zero)
				return null;
			var n = 0;
			while (Marshal.ReadByte(text, n) != 0)
				n++;
			var octets = new byte[n];
			Marshal.Copy(text, octets, 0, n);
			return Encoding.UTF8.GetString(octets);
		}

		internal static UIntPtr Size(long n)
		{
			return new UIntPtr((ulong)n);
		}

		/* A stream as the function that gives octets. */
		internal static Get Giver(Func<Stream> stream, Thrown thrown)
		{
			return (arg, room, n) =>
			{
				try
				{
					var octets = new byte[n];
					var got = stream().Read(octets, 0, n);
					Marshal.Copy(octets, 0, room, got);
					return got;
				}
				catch (Exception error)
				{
					thrown.Add(error);
					return -1;
				}
			};
		}
	}

	public static class Library
	{
		static Library()
		{
			Loader.Load();
		}

		public static string Version => Native.Text(Native.postrider_version());
	}

	/// <summary>A mail while it is composed. What is refused throws a PostriderException.</summary>
	public sealed class Mail : IDisposable
	{
		internal readonly MailHandle Handle = Native.postrider_mail_new(null, null, null);
		private readonly List<Delegate> kept = new List<Delegate>(); // that C calls, as long as the mail
		private Action close = () => { };                            // what sources have opened
		internal readonly Thrown Thrown = new Thrown();              // by sources, while they are read
		private int sending;
		private string from, replyTo, returnPath, subject, text, html, messageId, unsubscribe;
		private DateTimeOffset? date;

		static Mail()
		{
			Loader.Load();
		}

		public Mail(string from = null, string to = null, string subject = null)
		{
			if (Handle.IsInvalid)
				throw new OutOfMemoryException();
			if (from != null)
				From = from;
			if (to != null)
				To(to);
			if (subject != null)
				Subject = subject;
		}

		/// <summary>Of a whole message that was made elsewhere: it goes as it is, but for Bcc.</summary>
		public static Mail Of(byte[] message)
		{
			var mail = new Mail();
			return mail.Check(Native.postrider_mail_raw(mail.Usable, message, Native.Size(message.Length)));
		}

		private MailHandle Usable
		{
			get
			{
				if (Volatile.Read(ref sending) != 0)
					throw new InvalidOperationException("the mail is being sent: await that before you change it");
				return Handle;
			}
		}

		internal void Begin()
		{
			if (Interlocked.Exchange(ref sending, 1) != 0)
				throw new InvalidOperationException("the mail is being sent: await that before you send it again");
		}

		internal void End()
		{
			Volatile.Write(ref sending, 0);
		}

		private Mail Check(int code)
		{
			Thrown.Rethrow(null);
			if (code != 0)
				throw new PostriderException(code, Native.Text(Native.postrider_mail_error(Handle)) ?? "it failed");
			return this;
		}

		public string From
		{
			get => from;
			set { Check(Native.postrider_mail_from(Usable, Native.Text(value))); from = value; }
		}

		public string ReplyTo
		{
			get => replyTo;
			set { Check(Native.postrider_mail_reply_to(Usable, Native.Text(value))); replyTo = value; }
		}

		/// <summary>Where notifications of failures go; "" for nowhere. Otherwise it is From.</summary>
		public string ReturnPath
		{
			get => returnPath;
			set { Check(Native.postrider_mail_return_path(Usable, Native.Text(value))); returnPath = value; }
		}

		public string Subject
		{
			get => subject;
			set { Check(Native.postrider_mail_subject(Usable, Native.Text(value))); subject = value; }
		}

		public string Text
		{
			get => text;
			set { Check(Native.postrider_mail_text(Usable, Native.Text(value))); text = value; }
		}

		public string Html
		{
			get => html;
			set { Check(Native.postrider_mail_html(Usable, Native.Text(value))); html = value; }
		}

		public string MessageId
		{
			get => messageId;
			set { Check(Native.postrider_mail_message_id(Usable, Native.Text(value))); messageId = value; }
		}

		/// <summary>An https URL at which a POST ends the subscription.</summary>
		public string Unsubscribe
		{
			get => unsubscribe;
			set { Check(Native.postrider_mail_unsubscribe(Usable, Native.Text(value))); unsubscribe = value; }
		}

		/// <summary>null: when it is sent.</summary>
		public DateTimeOffset? Date
		{
			get => date;
			set
			{
				if (value == null)
					throw new ArgumentNullException(nameof(value));
				Check(Native.postrider_mail_date(Usable, value.Value.ToUnixTimeSeconds()));
				date = value;
			}
		}

		/// <summary>Lists as they stand in a header; adds to those before. Likewise Cc and Bcc.</summary>
		public Mail To(params string[] mailboxes)
		{
			foreach (var one in mailboxes)
				Check(Native.postrider_mail_to(Usable, Native.Text(one)));
			return this;
		}

		public Mail Cc(params string[] mailboxes)
		{
			foreach (var one in mailboxes)
				Check(Native.postrider_mail_cc(Usable, Native.Text(one)));
			return this;
		}

		public Mail Bcc(params string[] mailboxes)
		{
			foreach (var one in mailboxes)
				Check(Native.postrider_mail_bcc(Usable, Native.Text(one)));
			return this;
		}

		public Mail Attach(string path)
		{
			return Check(Native.postrider_mail_attach(Usable, Native.Text(path)));
		}

		public Mail AttachMemory(string name, byte[] octets, string type = null)
		{
			return Check(Native.postrider_mail_attach_memory(Usable, Native.Text(name), Native.Text(type), octets, Native.Size(octets.Length)));
		}

		/// <summary>Read at once.</summary>
		public Mail AttachStream(string name, Stream stream, string type = null)
		{
			var get = Native.Giver(() => stream, Thrown);
			Check(Native.postrider_mail_attach_stream(Usable, Native.Text(name), Native.Text(type), get, IntPtr.Zero));
			GC.KeepAlive(get);
			return this;
		}

		/// <summary>open: the octets from their beginning on; called for each server while the mail is sent.</summary>
		public Mail AttachSource(string name, Func<Stream> open, long size = -1, string type = null)
		{
			Stream stream = null;
			var get = Native.Giver(() => stream, Thrown);
			Native.Begin begin = arg =>
			{
				try
				{
					stream?.Dispose();
					stream = open();
					return 0;
				}
				catch (Exception error)
				{
					Thrown.Add(error);
					return 1;
				}
			};
			kept.Add(get);
			kept.Add(begin);
			close += () => stream?.Dispose();
			return Check(Native.postrider_mail_attach_source(Usable, Native.Text(name), Native.Text(type), size, get, begin, IntPtr.Zero));
		}

		public Mail Contact(string name, string address = null, string phone = null)
		{
			return Check(Native.postrider_mail_contact(Usable, Native.Text(name), Native.Text(address), Native.Text(phone)));
		}

		public Mail Inline(string path, string id)
		{
			return Check(Native.postrider_mail_inline(Usable, Native.Text(path), Native.Text(id)));
		}

		public Mail InlineMemory(string name, byte[] octets, string id, string type = null)
		{
			return Check(Native.postrider_mail_inline_memory(Usable, Native.Text(name), Native.Text(type), Native.Text(id), octets, Native.Size(octets.Length)));
		}

		public Mail Header(string name, string value)
		{
			return Check(Native.postrider_mail_header(Usable, Native.Text(name), Native.Text(value)));
		}

		/// <summary>The message as it would be sent.</summary>
		public byte[] Octets()
		{
			using (var into = new MemoryStream())
			{
				Native.Put put = (arg, octets, n) =>
				{
					var piece = new byte[(int)n];
					Marshal.Copy(octets, piece, 0, piece.Length);
					into.Write(piece, 0, piece.Length);
					return 0;
				};
				Check(Native.postrider_mail_write(Usable, put, IntPtr.Zero));
				GC.KeepAlive(put);
				return into.ToArray();
			}
		}

		/// <summary>server: null, "host:587", "smtps://user:password@host", "https://key@host", ...; options: those of Client.</summary>
		public Result Send(string server = null, IDictionary<string, string> options = null)
		{
			using (var client = new Client(options))
				return client.Send(this, server);
		}

		public async Task<Result> SendAsync(string server = null, IDictionary<string, string> options = null, CancellationToken token = default(CancellationToken))
		{
			using (var client = new Client(options))
				return await client.SendAsync(this, server, token).ConfigureAwait(false);
		}

		/// <summary>One mail a row: {{name}} is what the row has in that column, and the first column is the recipient.</summary>
		public Result SendEach(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, string server = null, IDictionary<string, string> options = null)
		{
			using (var client = new Client(options))
				return client.SendEach(this, columns, rows, server);
		}

		public void Dispose()
		{
			Handle.Dispose();
			close();
		}
	}

	/// <summary>Options, and connections that are kept from mail to mail: new Client { ["dns"] = "192.0.2.53" }.</summary>
	public sealed class Client : IDisposable
	{
		private readonly ClientHandle handle = Native.postrider_client_new();
		private Native.Token token;
		private Native.Decided decided;
		private readonly Thrown thrown = new Thrown(); // by Watch and Token, while a send is under way
		private int sending;

		static Client()
		{
			Loader.Load();
		}

		public Client(IDictionary<string, string> options = null)
		{
			if (handle.IsInvalid)
				throw new OutOfMemoryException();
			foreach (var one in options ?? new Dictionary<string, string>())
				if (one.Value != null) // as if it were left out
					Set(one.Key, one.Value);
		}

		private ClientHandle Usable
		{
			get
			{
				if (Volatile.Read(ref sending) != 0)
					throw new InvalidOperationException("a send is under way: await it before you change the client");
				return handle;
			}
		}

		private Client Check(int code)
		{
			if (code != 0)
				throw new PostriderException(code, Native.Text(Native.postrider_client_error(handle)) ?? "it failed");
			return this;
		}

		public string this[string option]
		{
			set => Set(option, value);
		}

		public Client Set(string option, string value)
		{
			return Check(Native.postrider_client_set(Usable, Native.Text(option), Native.Text(value)));
		}

		/// <summary>Signs what is sent for authors of that domain; key: a private key in PEM.</summary>
		public Client Dkim(string domain, string selector, string key)
		{
			return Check(Native.postrider_client_dkim(Usable, Native.Text(domain), Native.Text(selector), Native.Text(key)));
		}

		/// <summary>give(user, host): the access token for a login, or null.</summary>
		public Client Token(Func<string, string, string> give)
		{
			Texts kept = null; // until the next is asked for
			Native.Token call = (arg, user, host) =>
			{
				kept?.Dispose();
				try
				{
					var text = give(Native.Text(user), Native.Text(host));
					kept = text == null ? null : new Texts(new[] { text });
				}
				catch (Exception error)
				{
					kept = null;
					thrown.Add(error);
					Cancel();
				}
				return kept?.Pointers[0] ?? IntPtr.Zero;
			};
			call = give == null ? null : call;
			Check(Native.postrider_client_token(Usable, call, IntPtr.Zero));
			token = call;
			return this;
		}

		/// <summary>decided(address, line) for each recipient as it is decided, in the thread of the send; true ends the send.</summary>
		public Client Watch(Func<string, string, bool> decided)
		{
			Native.Decided call = (arg, result, i) =>
			{
				try
				{
					return decided(Native.Text(Native.address_of(result, i)), Native.Text(Native.line_of(result, i))) ? 1 : 0;
				}
				catch (Exception error)
				{
					thrown.Add(error);
					return 1;
				}
			};
			call = decided == null ? null : call;
			Check(Native.postrider_client_watch(Usable, call, IntPtr.Zero));
			this.decided = call;
			return this;
		}

		/// <summary>Ends the send that is under way, from any thread; else the next one.</summary>
		public void Cancel()
		{
			Native.postrider_client_cancel(handle);
		}

		/// <summary>What a function of yours throws (Watch, Token, a source) ends the send, and comes out of it; its Data["Result"] is the Result.</summary>
		public Result Send(Mail mail, string server = null)
		{
			var to = Native.Text(server);
			Begin(mail);
			try
			{
				return Told(mail, Native.postrider_client_send(handle, mail.Handle, to));
			}
			finally
			{
				End(mail);
			}
		}

		/// <summary>In a thread of its own. A token that ends it throws a SendCanceledException, unless all was decided by then.</summary>
		public async Task<Result> SendAsync(Mail mail, string server = null, CancellationToken token = default(CancellationToken))
		{
			token.ThrowIfCancellationRequested();
			var to = Native.Text(server);
			Result result;
			Begin(mail);
			try
			{
				using (token.Register(Cancel))
					result = await Task.Factory.StartNew(() => Told(mail, Native.postrider_client_send(handle, mail.Handle, to)), CancellationToken.None,
					                                     TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default).ConfigureAwait(false);
			}
			finally
			{
				End(mail);
			}
			if (token.IsCancellationRequested && result.Any(one => one.Class == "cancelled" || one.Class == "may-have-arrived"))
				throw new SendCanceledException(result, token);
			return result;
		}

		/// <summary>columns: names; rows: as many values each.</summary>
		public Result SendEach(Mail mail, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, string server = null)
		{
			var all = rows.ToList();
			if (all.Any(row => row.Count != columns.Count || row.Contains(null)))
				throw new PostriderException(-1, "SendEach: a row has not as many values as there are columns");
			var to = Native.Text(server);
			using (var names = new Texts(columns))
			using (var values = new Texts(all.SelectMany(row => row)))
			{
				Begin(mail);
				try
				{
					return Told(mail, Native.postrider_client_send_each(handle, mail.Handle, to, names.Pointers, values.Pointers, Native.Size(all.Count)));
				}
				finally
				{
					End(mail);
				}
			}
		}

		private void Begin(Mail mail)
		{
			if (Interlocked.Exchange(ref sending, 1) != 0)
				throw new InvalidOperationException("a send is under way: await it before the next one");
			try
			{
				mail.Begin();
			}
			catch (InvalidOperationException)
			{
				Volatile.Write(ref sending, 0);
				throw;
			}
		}

		/* Until here both are kept, and with them what C calls. */
		private void End(Mail mail)
		{
			mail.End();
			Volatile.Write(ref sending, 0);
			GC.KeepAlive(token);
			GC.KeepAlive(decided);
		}

		/* What was thrown meanwhile, by whose word the send ended, comes first. */
		private Result Told(Mail mail, ResultHandle handle)
		{
			using (handle)
			{
				var result = new Result(handle);
				thrown.Rethrow(result);
				mail.Thrown.Rethrow(result);
				return result;
			}
		}

		/// <summary>Says goodbye to the servers.</summary>
		public void Dispose()
		{
			handle.Dispose();
		}
	}

	/* C's strings, and pointers to them with NULL at their end. */
	internal sealed class Texts : IDisposable
	{
		internal readonly IntPtr[] Pointers;
		private GCHandle room;

		internal Texts(IEnumerable<string> values)
		{
			var texts = values.Select(Native.Text).ToList();
			var all = texts.SelectMany(text => text).DefaultIfEmpty().ToArray();
			room = GCHandle.Alloc(all, GCHandleType.Pinned);
			Pointers = new IntPtr[texts.Count + 1];
			var at = 0;
			for (var i = 0; i < texts.Count; i++)
			{
				Pointers[i] = IntPtr.Add(room.AddrOfPinnedObject(), at);
				at += texts[i].Length;
			}
		}

		~Texts()
		{
			Free();
		}

		public void Dispose()
		{
			Free();
			GC.SuppressFinalize(this);
		}

		private void Free()
		{
			if (room.IsAllocated)
				room.Free();
		}
	}

	public enum State
	{
		Delivered = 3,
		/// <summary>Undecided: send it again later.</summary>
		Deferred = 4,
		Refused = 5
	}

	/// <summary>What became of one recipient; text is "" where there is none.</summary>
	public sealed class Recipient
	{
		public string Address { get; }
		public State State { get; }
		/// <summary>The reason as one word: "no-such-user", "mailbox-full", ...</summary>
		public string Class { get; }
		/// <summary>The server's reply, as in 550, "5.1.1", "no such user"; 0 without one.</summary>
		public int Code { get; }
		public string Enhanced { get; }
		public string Words { get; }
		/// <summary>What it means, and what to do.</summary>
		public string Meaning { get; }
		public string Host { get; }
		public string HostAddress { get; }
		public string Tls { get; }
		public string TlsPolicy { get; }
		public TimeSpan Elapsed { get; }
		public string Line { get; }
		public bool Delivered => State == State.Delivered;

		internal Recipient(ResultHandle r, UIntPtr i)
		{
			Address = Native.Text(Native.postrider_result_address(r, i));
			State = (State)Native.postrider_result_state(r, i);
			Class = Native.Text(Native.postrider_result_class(r, i));
			Code = Native.postrider_result_code(r, i);
			Enhanced = Native.Text(Native.postrider_result_enhanced(r, i));
			Words = Native.Text(Native.postrider_result_words(r, i));
			Meaning = Native.Text(Native.postrider_result_meaning(r, i));
			Host = Native.Text(Native.postrider_result_host(r, i));
			HostAddress = Native.Text(Native.postrider_result_host_address(r, i));
			Tls = Native.Text(Native.postrider_result_tls(r, i));
			TlsPolicy = Native.Text(Native.postrider_result_tls_policy(r, i));
			Elapsed = TimeSpan.FromMilliseconds(Native.postrider_result_ms(r, i));
			Line = Native.Text(Native.postrider_result_line(r, i));
		}

		public override string ToString()
		{
			return Line;
		}
	}

	/// <summary>One Recipient a recipient.</summary>
	public sealed class Result : IReadOnlyList<Recipient>
	{
		private readonly List<Recipient> recipients = new List<Recipient>();

		/// <summary>0 all delivered, 1 some failed, 2 some undecided.</summary>
		public int Status { get; }
		/// <summary>Why nothing was sent, or null.</summary>
		public string Error { get; }
		/// <summary>Which way was taken, and why.</summary>
		public string Route { get; }
		/// <summary>The whole of it as JSON.</summary>
		public string Json { get; }

		internal Result(ResultHandle r)
		{
			if (r.IsInvalid)
				throw new OutOfMemoryException();
			Status = Native.postrider_result_status(r);
			Error = Native.Text(Native.postrider_result_error(r));
			Route = Native.Text(Native.postrider_result_route(r));
			Json = Native.Text(Native.postrider_result_json(r));
			var n = (ulong)Native.postrider_result_count(r);
			for (ulong i = 0; i < n; i++)
				recipients.Add(new Recipient(r, new UIntPtr(i)));
		}

		public int Count => recipients.Count;
		public Recipient this[int i] => recipients[i];

		public IEnumerator<Recipient> GetEnumerator()
		{
			return recipients.GetEnumerator();
		}

		IEnumerator IEnumerable.GetEnumerator()
		{
			return GetEnumerator();
		}
	}
}
