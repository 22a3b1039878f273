/* mcs -r:System.Core Hello.cs Postrider.cs; mono Hello.exe FROM TO [SERVER] */
using System;
using System.Text;
using Postrider;

public static class Hello
{
	public static int Main(string[] args)
	{
		using (var mail = new Mail(args[0], args[1], "Report") { Text = "It is attached.", Html = "<p>It is <b>attached</b>.</p>" })
		{
			mail.AttachMemory("report.csv", Encoding.UTF8.GetBytes("name,sum\r\nBob,12.00\r\n"));
			var result = mail.Send(args.Length > 2 ? args[2] : null);  // no server: straight to the recipients' servers
			foreach (var one in result)
				Console.WriteLine(one);        // delivered  bob@example.net  mx.example.net: 250 ok
			return result.Status;                  // 0 all delivered, 1 some failed, 2 some undecided
		}
	}
}
